// OperatorAct: one line in the log for what an operator did, or tried to: who, what, to whom, and what came of it.
#pragma once

#include <string>
#include <string_view>

#include <tollgate/ops/log.hpp>

namespace tollgate::app {

/// Held by the answer to the request. One that is destroyed before the answer says so.
class OperatorAct {
  public:
    /// `token`: the name of the token that it came with, empty when the API is open to all on this machine. `name`: "pause".
    /// `subject`: "orders", "kenya/610ae86889ee". `log` outlives this.
    OperatorAct(ops::Log& log, std::string token, std::string name, std::string subject);
    OperatorAct(const OperatorAct&) = delete;
    OperatorAct& operator=(const OperatorAct&) = delete;
    ~OperatorAct();

    /// What of the subject is meant, or what it is to become.
    void about(std::string detail) { detail_ = std::move(detail); }
    /// What came of it when it succeeds; "done" if nobody says it.
    void came_to(std::string result) { result_ = std::move(result); }
    /// It was answered: the one line is written. `refusal`: why, when it did not succeed.
    void end(unsigned status, std::string_view refusal);

  private:
    void write(unsigned status, std::string_view result) noexcept;

    ops::Log& log_;
    std::string token_;
    std::string name_;
    std::string subject_;
    std::string detail_;
    std::string result_ = "done";
    bool ended_ = false;
};

}  // namespace tollgate::app
