// spawn: starts a coroutine and reports what escapes from it.
#include <tollgate/core/task.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <string_view>
#include <utility>

namespace tollgate::core {

namespace {

/// Exception texts quote what they failed on; a fault is one line.
std::string one_line(std::string_view text) {
    std::string line(text);
    for (char& c : line) {
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    }
    return line;
}

void report(std::exception_ptr failure, std::string_view name, FaultSink& faults) {
    try {
        std::rethrow_exception(std::move(failure));
    } catch (const boost::system::system_error& error) {
        // How every pending operation of a loop that is shut down ends.
        if (error.code() == boost::asio::error::operation_aborted) return;
        faults.fault(name, one_line(error.what()));
    } catch (const std::exception& error) {
        faults.fault(name, one_line(error.what()));
    } catch (...) {
        faults.fault(name, "an exception that is not a std::exception");
    }
}

}  // namespace

void spawn(const boost::asio::any_io_executor& executor, std::string name, Task<> task, FaultSink& faults) {
    boost::asio::co_spawn(executor, std::move(task), [name = std::move(name), &faults](std::exception_ptr failure) {
        if (failure) report(std::move(failure), name, faults);
    });
}

}  // namespace tollgate::core
