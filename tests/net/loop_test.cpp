// Loops: one thread each, alive whatever a handler throws, and gone after stop().
#include <tollgate/net/loop.hpp>

#include <boost/asio/post.hpp>
#include <gmock/gmock.h>

#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace tollgate::net {
namespace {

using testing::ElementsAre;

class RecordingFaults final : public core::FaultSink {
  public:
    void fault(std::string_view task, std::string_view what) noexcept override {
        const std::lock_guard lock(mutex_);
        seen_.push_back(std::string(task) + ": " + std::string(what));
    }
    std::vector<std::string> seen() {
        const std::lock_guard lock(mutex_);
        return seen_;
    }

  private:
    std::mutex mutex_;
    std::vector<std::string> seen_;
};

std::thread::id thread_of(boost::asio::io_context& loop) {
    std::promise<std::thread::id> id;
    boost::asio::post(loop, [&id] { id.set_value(std::this_thread::get_id()); });
    return id.get_future().get();
}

TEST(Loops, RunEachOnItsOwnThread) {
    RecordingFaults faults;
    Loops loops(2, faults);
    ASSERT_EQ(loops.size(), 2u);
    loops.start();
    const auto first = thread_of(loops[0]);
    const auto second = thread_of(loops[1]);
    EXPECT_NE(first, second);
    EXPECT_NE(first, std::this_thread::get_id());
    EXPECT_EQ(thread_of(loops[0]), first);
    loops.stop();
}

TEST(Loops, RunWhatWasPostedBeforeTheStart) {
    RecordingFaults faults;
    Loops loops(1, faults);
    std::promise<void> ran;
    boost::asio::post(loops[0], [&ran] { ran.set_value(); });
    loops.start();
    EXPECT_EQ(ran.get_future().wait_for(std::chrono::seconds(5)), std::future_status::ready);
}

TEST(Loops, GoOnAfterAnExceptionAndReportIt) {
    RecordingFaults faults;
    Loops loops(1, faults);
    loops.start();
    boost::asio::post(loops[0], [] { throw std::runtime_error("first"); });
    boost::asio::post(loops[0], [] { throw 2; });
    thread_of(loops[0]);
    EXPECT_THAT(faults.seen(), ElementsAre("net.loop: first", "net.loop: an exception that is not a std::exception"));
    loops.stop();
}

TEST(Loops, StopEndsTheThreadsAndRunsNothingMore) {
    RecordingFaults faults;
    Loops loops(2, faults);
    loops.start();
    thread_of(loops[1]);
    loops.stop();
    bool ran = false;
    boost::asio::post(loops[0], [&ran] { ran = true; });
    loops.stop();
    EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace tollgate::net
