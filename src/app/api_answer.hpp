// Answer: what an endpoint of the API answers a request with, errors in the one form that all of them share.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <tollgate/core/result.hpp>
#include <tollgate/core/unique_function.hpp>
#include <tollgate/net/http_server.hpp>

#include "operator_act.hpp"

namespace tollgate::app {

/// The codes of `{"error": {"code", "message"}}`.
enum class ApiError : unsigned char { invalid_request, unauthorized, forbidden, not_found, conflict, unavailable };
std::string_view to_string(ApiError code) noexcept;
unsigned status_of(ApiError code) noexcept;
/// What an error of ours is to who asked.
ApiError code_of(core::Errc code) noexcept;
/// The body of an error.
std::string error_body(ApiError code, std::string_view message);

/// One request's answer. Move-only; to be given once, on the control loop. One that is destroyed ungiven is a 500.
class Answer {
  public:
    /// `turn` is held until the answer is given: who counts its holders knows how many wait.
    explicit Answer(net::Responder responder, std::shared_ptr<const void> turn = nullptr)
        : responder_(std::move(responder)), turn_(std::move(turn)) {}

    /// What it answers is an operator's act: it ends with the answer.
    void record(std::unique_ptr<OperatorAct> act) { act_ = std::move(act); }
    /// Of an act, see OperatorAct.
    void about(std::string detail) {
        if (act_) act_->about(std::move(detail));
    }
    void came_to(std::string result) {
        if (act_) act_->came_to(std::move(result));
    }

    /// It may take as long as it likes now: no longer one of those that wait.
    void leave_turn() noexcept { turn_.reset(); }

    /// See net::Responder.
    void when_gone(core::UniqueFunction<void()> gone) { responder_.when_gone(std::move(gone)); }

    void json(std::string_view body) { give(200, "application/json", body); }
    /// `headers`: complete lines, each ended by CRLF.
    void page(std::string_view html, std::string_view headers);
    void give(unsigned status, std::string_view content_type, std::string_view body);
    void error(ApiError code, std::string_view message) { error_with(code, status_of(code), message, {}); }
    void error(const core::Error& error) { this->error(code_of(error.code), error.message); }
    /// `headers`: complete lines, each ended by CRLF.
    void error_with(ApiError code, unsigned status, std::string_view message, std::string_view headers);

  private:
    void given(unsigned status, std::string_view refusal);

    net::Responder responder_;
    std::shared_ptr<const void> turn_;
    std::unique_ptr<OperatorAct> act_;  ///< null: it is none
};

}  // namespace tollgate::app
