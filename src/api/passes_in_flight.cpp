// The passes of one queue that run at the same time.
#include "api/passes_in_flight.h"

#include <algorithm>

#include "api/pass_order.h"

namespace pymetal {

void run_pass(backend::Backend& backend, const Pass& pass) {
  if (!pass.is_concurrent || (pass.longest_time && *pass.longest_time <= kBriefTime)) {
    for (const backend::Command& command : pass.commands) backend.execute(command);
    return;
  }
  std::size_t begin = 0;
  const auto run_until = [&](std::size_t end) {
    support::ThreadPool::shared().run(end - begin, [&, begin](support::TaskRange& tasks) {
      while (const std::optional<std::uint64_t> task = tasks.next()) backend.execute(pass.commands[begin + *task]);
    });
    begin = end;
  };
  for (const std::size_t barrier : pass.barriers) run_until(barrier);
  run_until(pass.commands.size());
}

void PassesInFlight::launch(const Pass& pass, std::function<void()> work, std::function<void()> landed) {
  const std::uint64_t number = launch_count_++;
  auto ticket = support::ThreadPool::shared().submit(
      [landings = landings_, number, work = std::move(work), landed = std::move(landed)] {
        work();
        {
          const std::lock_guard lock(landings->mutex);
          landings->numbers.push_back(number);
          landings->changed.notify_all();
        }
        landed();
      });
  flights_.push_back({number, &pass, std::move(ticket)});
}

template <class Condition>
std::vector<PassesInFlight::Flight> PassesInFlight::flights_that(Condition&& condition) {
  const std::lock_guard lock(landings_->mutex);
  for (const std::uint64_t number : landings_->numbers)
    std::erase_if(flights_, [&](const Flight& flight) { return flight.number == number; });
  landings_->numbers.clear();
  std::vector<Flight> found;
  std::ranges::copy_if(flights_, std::back_inserter(found), [&](const Flight& f) { return condition(*f.pass); });
  return found;
}

void PassesInFlight::wait_for(const std::vector<Flight>& flights) {
  // A pass that no worker has taken yet runs here, so that a busy pool holds nobody up.
  for (const Flight& flight : flights) flight.ticket->try_run();
  std::unique_lock lock(landings_->mutex);
  landings_->changed.wait(lock, [&] {
    return std::ranges::all_of(flights, [&](const Flight& flight) {
      return std::ranges::find(landings_->numbers, flight.number) != landings_->numbers.end();
    });
  });
}

void PassesInFlight::wait_for_predecessors(const Pass& pass) {
  if (!flights_.empty()) wait_for(flights_that([&](const Pass& earlier) { return must_follow(pass, earlier); }));
}

void PassesInFlight::wait_for_all() {
  if (!flights_.empty()) wait_for(flights_that([](const Pass&) { return true; }));
}

}  // namespace pymetal
