#include "host/base/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include "host/base/log.hpp"

namespace wasmbed {
namespace asio = boost::asio;

struct TaskGroup::State {
    struct Entry {
        std::string name;
        asio::cancellation_signal signal;
    };

    explicit State(IoContext& context) : io(context), ended(context) {}

    void finish(std::list<Entry>::iterator entry, const std::exception_ptr& error);

    IoContext& io;
    Notifier ended;
    std::list<Entry> entries;
    std::function<void(const std::string&)> on_failure;
    bool cancelled = false;
};

void TaskGroup::State::finish(std::list<Entry>::iterator entry, const std::exception_ptr& error) {
    std::string name = std::move(entry->name);
    entries.erase(entry);
    ended.notify_all();
    if (!error || is_cancellation(error)) return;
    std::string why = "unknown exception";
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& e) {
        why = e.what();
    } catch (...) {
    }
    log_error("task failed", {{"task", name}, {"error", why}});
    if (on_failure) on_failure(name);
}

TaskGroup::TaskGroup(IoContext& io) : state_(std::make_shared<State>(io)) {}

TaskGroup::~TaskGroup() {
    state_->on_failure = nullptr;
    cancel();
}

void TaskGroup::spawn(std::string name, Task<> task) {
    if (state_->cancelled) return;
    auto entry = state_->entries.emplace(state_->entries.end());
    entry->name = std::move(name);
    asio::co_spawn(
        state_->io, std::move(task),
        asio::bind_cancellation_slot(
            entry->signal.slot(), [state = state_, entry](std::exception_ptr error) { state->finish(entry, error); }));
}

void TaskGroup::on_failure(std::function<void(const std::string&)> callback) {
    state_->on_failure = std::move(callback);
}

void TaskGroup::cancel() {
    state_->cancelled = true;
    for (auto next = state_->entries.begin(); next != state_->entries.end();) {
        auto entry = next++;
        entry->signal.emit(asio::cancellation_type::terminal);
    }
}

Task<> TaskGroup::join() {
    auto state = state_;  // outlives the group if that goes while its last task ends
    while (!state->entries.empty()) co_await state->ended.wait();
}

Task<> TaskGroup::stop() {
    cancel();
    co_await join();
}

std::size_t TaskGroup::size() const {
    return state_->entries.size();
}
IoContext& TaskGroup::io() const {
    return state_->io;
}

}  // namespace wasmbed
