#include "core/wasm/backtrace.hpp"

#include <cstddef>
#include <cstring>

#include "core/wasm/calls.hpp"
#include "core/wasm/module_view.hpp"

namespace wasmbed::wasm {

namespace {

/// One frame after the other, outwards.
class Walk {
  public:
    explicit Walk(const InstanceData& owner) : owner_(owner), instance_(owner.activation.instance) {
        const Activation& a = owner.activation;
        const bool entered = a.state != Activation::State::kEntering && a.pc != 0;
        if (!entered) instance_ = nullptr;
        pc_ = a.pc;
        fp_ = a.fp;
        // Behind the call that awaits its results.
        inside_call_ = a.state == Activation::State::kSuspended;
        if (instance_ != nullptr && pc_ == kExit) leave_instance();
    }

    bool done() const { return instance_ == nullptr; }

    Frame frame() const {
        const std::uint32_t at = inside_call_ ? pc_ - 1 : pc_;
        return {instance_, function_at(instance_->module, at), at};
    }

    void next() {
        const std::uint32_t* link =
            owner_.stack + fp_ + function_header(instance_->module, frame().function).param_slots;
        pc_ = link[0];
        if (pc_ == kExit) return leave_instance();
        fp_ -= link[1];
        inside_call_ = true;
    }

  private:
    static constexpr std::uint32_t kExit = offsetof(ImageHeader, exit_code);

    void leave_instance() {
        BoundaryRecord record;
        std::memcpy(&record, owner_.stack + fp_ - kBoundarySlots, sizeof record);
        const InstanceData* caller = nullptr;
        std::memcpy(&caller, record.instance, sizeof caller);
        instance_ = caller;
        pc_ = record.pc;
        fp_ = record.fp;
        inside_call_ = true;
    }

    const InstanceData& owner_;
    const InstanceData* instance_;  ///< null behind the outermost frame
    std::uint32_t pc_;
    std::uint32_t fp_;
    bool inside_call_;
};

}  // namespace

std::uint32_t backtrace(const Instance& instance, std::span<Frame> frames) {
    std::uint32_t count = 0;
    for (Walk walk(data_of(instance)); !walk.done(); walk.next()) {
        if (count < frames.size()) frames[count] = walk.frame();
        ++count;
    }
    return count;
}

}  // namespace wasmbed::wasm
