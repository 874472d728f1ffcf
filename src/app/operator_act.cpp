// Implements OperatorAct.
#include "operator_act.hpp"

#include <cstdint>
#include <utility>

namespace tollgate::app {
namespace {

/// In place of a token's name.
constexpr std::string_view nobody_is_asked = "open";

}  // namespace

OperatorAct::OperatorAct(ops::Log& log, std::string token, std::string name, std::string subject)
    : log_(log), token_(std::move(token)), name_(std::move(name)), subject_(std::move(subject)) {
    if (token_.empty()) token_ = nobody_is_asked;
}

OperatorAct::~OperatorAct() {
    // It may have been done all the same: who asked was not told.
    if (!ended_) write(500, "not answered");
}

void OperatorAct::end(unsigned status, std::string_view refusal) {
    ended_ = true;
    const bool succeeded = status / 100 == 2;
    write(status, succeeded ? result_ : refusal);
}

void OperatorAct::write(unsigned status, std::string_view result) noexcept {
    log_.write(ops::Level::info, "operator_act",
               {{"token", std::string_view(token_)},
                {"act", std::string_view(name_)},
                {"subject", std::string_view(subject_)},
                {"detail", std::string_view(detail_)},
                {"status", std::int64_t{status}},
                {"result", result}});
}

}  // namespace tollgate::app
