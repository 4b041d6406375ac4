// Owns the coroutines that a part of the program started, so that nothing runs detached.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "host/base/task.hpp"

namespace wasmbed {

/// Spawned coroutines that are cancelled and awaited together. Used on the event loop's thread only.
///
/// Shut down with `co_await group.stop()`. A group must be empty when it is destroyed, or the event loop must already
/// have ended: a coroutine refers to things that are about to go.
class TaskGroup {
  public:
    explicit TaskGroup(IoContext& io);
    ~TaskGroup();
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    /// Starts `task`. An exception that leaves it is logged under `name` and given to `on_failure`, if that is set;
    /// cancellation is a normal end. After `cancel` nothing is started any more.
    void spawn(std::string name, Task<> task);

    /// Called with the name of a task that failed by an exception; for a role: stop, so that it is restarted.
    void on_failure(std::function<void(const std::string&)> callback);

    /// Interrupts the innermost wait of every task, and refuses new ones.
    void cancel();

    /// Waits until every task has ended by itself.
    Task<> join();

    /// `cancel`, then `join`. Must not be awaited by a task of the group itself.
    Task<> stop();

    std::size_t size() const;
    IoContext& io() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace wasmbed
