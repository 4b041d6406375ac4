#include "device/runtime/runtime.hpp"

namespace wasmbed {
MutableBytes Runtime::carve(std::size_t bytes) {
    const std::size_t take = bytes < free_memory_.size() ? bytes : free_memory_.size();
    const MutableBytes taken = free_memory_.first(take);
    free_memory_ = free_memory_.subspan(take);
    return taken;
}

Runtime::Runtime(const hal::Board& board, const RuntimeMemory& memory, const RuntimeOptions& options)
    : board_(board),
      memory_(memory),
      options_(options),
      free_memory_(reinterpret_cast<std::uint8_t*>(memory.apps_arena.data()), memory.apps_arena.size()),
      log_(board.console, board.clock),
      kv_(board.store),
      drbg_(board.entropy, board.seed_store),
      identity_(board.factory, kv_, carve(Identity::kCredentialBytesMax)),
      receive_(carve(kFrameBytesMax)),
      send_(carve(kSendBytes)),
      stream_(carve(kStreamBytes)),
      apps_({.board = board_,
             .crypto = crypto_,
             .log = log_,
             .kv = kv_,
             .identity = identity_,
             .arena = free_memory_.subspan(free_memory_.size() < apps::AppManager::kWorkspaceBytes
                                               ? free_memory_.size()
                                               : apps::AppManager::kWorkspaceBytes),
             .workspace = carve(apps::AppManager::kWorkspaceBytes)})
#ifdef WASMBED_CONSOLE_COMMANDS
      ,
      commands_(board_, apps_, identity_, options.firmware_version)
#endif
{
}

std::uint64_t Runtime::poll() {
    const Instant now{board_.clock.now_ms()};
    std::uint64_t next_us = hal::Idle::kForever;
    const auto by = [&next_us](Instant at) {
        if (at < kNever && at.ms * 1000 < next_us) next_us = at.ms * 1000;
    };
    if (board_.network != nullptr) {
        board_.network->poll();
        next_us = board_.network->next_timer_us();
    }
    if (phase_ != Phase::Running) {
        by(now < boot_at_ ? boot_at_ : boot_at_ = boot_step(now));
        return next_us;
    }
    if (link_) {
        by(link_->poll(now));
        const bool connected = link_->connected();
        if (was_connected_ && !connected) apps_.on_disconnected();
        was_connected_ = connected;
    }
#ifdef WASMBED_CONSOLE_COMMANDS
    commands_.poll(was_connected_);
#endif
    by(apps_.poll(now));
    return next_us;
}

void Runtime::on_welcome(const proto::Welcome&) {
    apps_.on_welcome();
}

void Runtime::on_desired(const proto::Desired& desired) {
    link_->set_gateways(desired.gateways);
    apps_.on_desired(desired);
#ifdef WASMBED_RENEWAL
    link_->on_wall_time(desired.time_ms);
#endif
}

void Runtime::on_chunk(const Digest& digest, std::uint64_t offset, std::uint64_t, Bytes data) {
    apps_.on_chunk(digest, offset, data);
}

}  // namespace wasmbed
