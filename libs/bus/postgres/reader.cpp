#include "libs/bus/postgres/reader.h"

#include <pthread.h>

#include <algorithm>
#include <set>
#include <utility>

#include "bus_sql.h"
#include "libs/base/error.h"
#include "libs/base/id.h"
#include "libs/base/log.h"
#include "libs/bus/postgres/log.h"

namespace centralita::bus {
namespace {

using std::chrono::milliseconds;

constexpr int kMost = 256;              // Events of one partition in one read.
constexpr size_t kMostBytes = 4 << 20;  // Roughly where bus.read stops.
constexpr milliseconds kPause{2};       // Between reads, so that what is said meanwhile is read together.
constexpr milliseconds kAdvance{150};
constexpr milliseconds kBeatBusy{20};
constexpr milliseconds kAgain{250};

std::set<std::string> words_of(const SubscriptionOptions& options) {
  std::set<std::string> words{"group:" + options.group};
  for (const auto& topic : options.topics) words.insert("topic:" + topic);
  return words;
}

DispatcherOptions dispatching(const PostgresBusOptions& bus) {
  DispatcherOptions options;
  options.window = bus.window;
  return options;
}

}  // namespace

Reader::Reader(pg::Pool& pool, Bell& bell, const PostgresBusOptions& bus, SubscriptionOptions options, Handler handler,
               Dispatcher::Bury bury)
    : pool_(pool),
      bell_(bell),
      bus_(bus),
      options_(std::move(options)),
      me_(new_id()),
      dispatcher_(
          options_, std::move(handler), std::move(bury), [this] { hear("progress"); }, dispatching(bus)),
      ear_(bell, words_of(options_), [this](const std::string& word) { hear(word); }),
      thread_([this] { work(); }) {}

Reader::~Reader() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Reader::hear(const std::string& word) {
  {
    const std::lock_guard lock(mutex_);
    (word.starts_with("group:") ? beat_asked_ : read_asked_) = true;
  }
  changed_.notify_all();
}

void Reader::work() {
  pthread_setname_np(pthread_self(), ("rd-" + options_.group).substr(0, 15).c_str());
  while (!may_end()) {
    take_requests();
    try {
      turn();
      failing_ = false;
    } catch (const Error& error) {
      failed(error);
    }
    wait();
  }
}

void Reader::take_requests() {
  const std::lock_guard lock(mutex_);
  const auto now = Steady::now();
  if (std::exchange(beat_asked_, false)) next_beat_ = std::min(next_beat_, now);
  if (std::exchange(read_asked_, false)) next_read_ = std::min(next_read_, last_read_ + kPause);
  if (stopping_ && !leaving_) {
    leaving_ = true;
    leave_by_ = now + bus_.lease;
    for (auto& [partition, held] : held_) held.leaving = true;
  }
}

void Reader::turn() {
  for (auto& [partition, held] : held_)
    if (held.leaving && !held.rested) held.rested = dispatcher_.revoke(partition, milliseconds{0});
  if (leaving_) leave();
  if (Steady::now() >= next_beat_) beat();
  give_up();
  if (Steady::now() >= next_advance_) advance();
  if (Steady::now() >= next_read_) read();
}

void Reader::beat() {
  const auto before = Steady::now();
  const std::vector<std::string> topics = leaving_ ? std::vector<std::string>{} : options_.topics;
  pg::Tx tx(pool_, "");
  const bool done =
      tx.one(sql::beat, options_.group, me_, pg::Param::array(topics), bus_.lease.count(), bus_.partitions)
          .flag("done");
  const auto leases = tx.all(sql::leases, options_.group, me_);
  const auto expiry = tx.one(sql::next_expiry, options_.group, me_);
  tx.commit();

  dispatcher_.allow_until(before + bus_.lease);
  keep(leases);
  milliseconds pause = bus_.lease / 3;
  if (!done)
    pause = kBeatBusy;
  else if (!expiry.is_null("ms"))
    pause = std::clamp(milliseconds{expiry.number("ms")}, std::min(milliseconds{10}, pause), pause);
  next_beat_ = before + pause;
  if (!joined_ && !leaving_) bell_.ring({"group:" + options_.group});
  joined_ = !leaving_;
}

void Reader::keep(const pg::Rows& leases) {
  std::set<int> ours;
  for (const auto row : leases) {
    const int partition = static_cast<int>(row.number("partition_id"));
    ours.insert(partition);
    auto [found, is_new] = held_.try_emplace(partition);
    auto& held = found->second;
    if (is_new) {
      held.topic = row.text("topic");
      held.next = held.committed = row.number("committed");
      dispatcher_.assign(partition, held.next);
      next_read_ = Steady::now();
    }
    if (row.flag("surplus") || leaving_) held.leaving = true;
  }
  for (auto& [partition, held] : held_)
    if (!ours.contains(partition)) held.leaving = true;
}

void Reader::leave() {
  if (!joined_) return;
  pg::Tx tx(pool_, "");
  tx.run(sql::leave, options_.group, me_);
  tx.commit();
  joined_ = false;
}

void Reader::give_up() {
  std::map<int, int64_t> rested;
  std::vector<int64_t> partitions;
  for (const auto& [partition, held] : held_) {
    if (!held.rested) continue;
    rested[partition] = *held.rested;
    partitions.push_back(partition);
  }
  if (rested.empty()) return;
  pg::Tx tx(pool_, "");
  record(tx, rested);
  tx.run(sql::release, options_.group, me_, pg::Param::array(partitions));
  tx.commit();
  for (const auto& [partition, next] : rested) held_.erase(partition);
  bell_.ring({"group:" + options_.group});
}

void Reader::record(pg::Tx& tx, const std::map<int, int64_t>& marks) {
  std::vector<int64_t> partitions;
  std::vector<int64_t> offsets;
  for (const auto& [partition, offset] : marks) {
    partitions.push_back(partition);
    offsets.push_back(offset);
  }
  tx.run(sql::advance, options_.group, me_, pg::Param::array(partitions), pg::Param::array(offsets));
}

void Reader::advance() {
  next_advance_ = Steady::now() + kAdvance;
  if (!unrecorded_) return;
  const bool more = dispatcher_.in_flight() > 0;
  auto marks = dispatcher_.low_water();
  std::erase_if(marks, [this](const auto& mark) {
    const auto found = held_.find(mark.first);
    return found == held_.end() || found->second.committed == mark.second;
  });
  if (!marks.empty()) {
    pg::Tx tx(pool_, "");
    record(tx, marks);
    tx.commit();
    for (const auto& [partition, offset] : marks) held_.at(partition).committed = offset;
  }
  unrecorded_ = more;
}

void Reader::read() {
  std::map<int, std::vector<Delivery>> found;
  std::vector<int64_t> partitions;
  std::vector<int64_t> froms;
  std::vector<int64_t> mosts;
  for (const auto& [partition, held] : held_) {
    const int room = held.leaving ? 0 : dispatcher_.room(partition);
    if (room == 0) continue;
    partitions.push_back(partition);
    froms.push_back(held.next);
    mosts.push_back(std::min(room, kMost));
  }
  last_read_ = Steady::now();
  next_read_ = last_read_ + bus_.poll;
  if (partitions.empty()) return;
  pg::Tx tx(pool_, "");
  const auto rows = tx.all(sql::read, pg::Param::array(partitions), pg::Param::array(froms), pg::Param::array(mosts));
  tx.commit();

  for (const auto row : rows) {
    const int partition = static_cast<int>(row.number("partition_id"));
    found[partition].push_back({row.number("log_offset"), event_of(row, held_.at(partition).topic)});
  }
  for (size_t i = 0; i < partitions.size(); ++i) {
    auto& deliveries = found[static_cast<int>(partitions[i])];
    if (deliveries.empty()) continue;
    std::sort(deliveries.begin(), deliveries.end(),
              [](const Delivery& a, const Delivery& b) { return a.offset < b.offset; });
    size_t bytes = 0;
    for (const auto& delivery : deliveries) bytes += delivery.event.data.size();
    if (static_cast<int64_t>(deliveries.size()) == mosts[i] || bytes > kMostBytes / 2) next_read_ = last_read_ + kPause;
    auto& held = held_.at(static_cast<int>(partitions[i]));
    held.next = deliveries.back().offset + 1;
    dispatcher_.add(static_cast<int>(partitions[i]), std::move(deliveries), held.next);
    unrecorded_ = true;
  }
}

bool Reader::may_end() {
  if (!leaving_) return false;
  const bool at_rest = std::all_of(held_.begin(), held_.end(), [](const auto& entry) { return entry.second.rested; });
  // Without the database the leases end by themselves; the low-water marks recorded before stand.
  return at_rest && ((held_.empty() && !joined_) || Steady::now() > leave_by_);
}

void Reader::wait() {
  std::unique_lock lock(mutex_);
  auto until = std::min(next_beat_, next_read_);
  if (unrecorded_) until = std::min(until, next_advance_);
  changed_.wait_until(lock, until,
                      [this] { return read_asked_ || beat_asked_ || (stopping_ && !leaving_) || may_end(); });
}

void Reader::failed(const Error& error) {
  if (!failing_) log::warn("a subscription cannot read", {{"group", options_.group}, {"reason", error.reason()}});
  failing_ = true;
  next_beat_ = next_read_ = next_advance_ = Steady::now() + kAgain;
}

}  // namespace centralita::bus
