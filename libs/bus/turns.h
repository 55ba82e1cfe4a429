#pragma once

#include <deque>
#include <map>
#include <string>

namespace centralita::bus {

/// A queue for each tenant, and the tenants take turns: one thing of each, then the next thing of each. Not
/// thread-safe.
template <class T>
class Turns {
 public:
  void push(const std::string& tenant, T thing) {
    auto& queue = queues_[tenant];
    if (queue.empty()) order_.push_back(tenant);
    queue.push_back(std::move(thing));
    ++size_;
  }

  /// The next one; there must be one.
  T pop() {
    const auto found = queues_.find(order_.front());
    T thing = std::move(found->second.front());
    found->second.pop_front();
    if (found->second.empty())
      queues_.erase(found);
    else
      order_.push_back(found->first);
    order_.pop_front();
    --size_;
    return thing;
  }

  template <class Predicate>
  void erase_if(Predicate predicate) {
    for (auto& [tenant, queue] : queues_) size_ -= static_cast<int>(std::erase_if(queue, predicate));
    std::erase_if(order_, [this](const std::string& tenant) { return queues_.at(tenant).empty(); });
    std::erase_if(queues_, [](const auto& entry) { return entry.second.empty(); });
  }

  int size() const { return size_; }

 private:
  std::map<std::string, std::deque<T>> queues_;  ///< None is empty.
  std::deque<std::string> order_;                ///< Each tenant of `queues_` once.
  int size_ = 0;
};

}  // namespace centralita::bus
