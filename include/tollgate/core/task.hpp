// Task<T> and spawn: coroutines that cannot fail silently.
#pragma once

#include <tollgate/core/fault.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <string>

namespace tollgate::core {

/// A coroutine on one loop. g++ 12 destroys temporaries inside a `co_await` expression twice: name every argument
/// first.
template <class T = void>
using Task = boost::asio::awaitable<T>;

/// Starts `task` on `executor`. An exception that leaves it is reported to `faults` under `name`; operation_aborted is
/// not a fault. `faults` must outlive the executor's context.
void spawn(const boost::asio::any_io_executor& executor, std::string name, Task<> task, FaultSink& faults);

}  // namespace tollgate::core
