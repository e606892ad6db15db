// The pool hands out every task once, in order, and brings errors back.
#include <gtest/gtest.h>

#include <future>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/thread_pool.h"

namespace pymetal::support {
namespace {

TEST(ThreadPool, EveryTaskRunsOnce) {
  for (const std::uint64_t count : {0ull, 1ull, 2ull, 7ull, 1000ull, 100000ull}) {
    std::vector<std::atomic<int>> runs(count);
    ThreadPool::shared().run(count, [&](TaskRange& range) {
      while (const auto task = range.next()) ++runs[*task];
    });
    for (const std::atomic<int>& times : runs) ASSERT_EQ(times, 1);
  }
}

TEST(ThreadPool, ChunksComeInOrder) {
  TaskQueue queue(1000, 4);
  std::uint64_t expected = 0;
  std::uint64_t previous_size = 1000;
  for (TaskQueue::Chunk chunk = queue.claim(); chunk.begin != chunk.end; chunk = queue.claim()) {
    EXPECT_EQ(chunk.begin, expected);
    EXPECT_LE(chunk.end - chunk.begin, previous_size);
    previous_size = chunk.end - chunk.begin;
    expected = chunk.end;
  }
  EXPECT_EQ(expected, 1000u);
}

TEST(ThreadPool, ErrorsComeBackAndStopTheJob) {
  std::atomic<int> runs = 0;
  EXPECT_THROW(ThreadPool::shared().run(1000000,
                                        [&](TaskRange& range) {
                                          while (range.next())
                                            if (++runs == 3) throw std::runtime_error("task");
                                        }),
               std::runtime_error);
  EXPECT_LT(runs, 1000000);
}

TEST(ThreadPool, JobsOfSeveralThreads) {
  std::vector<std::thread> threads;
  std::atomic<std::uint64_t> sum = 0;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int job = 0; job < 50; ++job)
        ThreadPool::shared().run(100, [&](TaskRange& range) {
          while (const auto task = range.next()) sum += *task;
        });
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sum, 4u * 50u * 4950u);
}

TEST(ThreadPool, WorkersComeWhetherTheyLookOrSleep) {
  if (ThreadPool::shared().concurrency() == 1) GTEST_SKIP() << "the pool of one core has no workers";
  for (const int pause : {0, 20, 90, 110, 300, 2000})
    for (int i = 0; i < 20; ++i) {
      std::this_thread::sleep_for(std::chrono::microseconds(pause));
      const std::thread::id submitter = std::this_thread::get_id();
      // Shared, since it may still be at work when the future has its value.
      const auto runner = std::make_shared<std::promise<std::thread::id>>();
      std::future<std::thread::id> ran = runner->get_future();
      ThreadPool::shared().submit([runner] { runner->set_value(std::this_thread::get_id()); });
      ASSERT_EQ(ran.wait_for(std::chrono::seconds(60)), std::future_status::ready) << "after " << pause << " us";
      EXPECT_NE(ran.get(), submitter);
    }
}

TEST(ThreadPool, UsesNoMoreThanItMay) {
  EXPECT_GE(usable_cores(), 1u);
  EXPECT_LE(usable_cores(), std::thread::hardware_concurrency());
  EXPECT_EQ(ThreadPool::shared().concurrency(), usable_cores());
}

}  // namespace
}  // namespace pymetal::support
