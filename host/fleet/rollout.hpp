// How a new revision comes to the devices: what a person asks for (spec.rollout), and how far it is (status.rollout).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/json.hpp"
#include "host/fleet/device.hpp"
#include "host/fleet/selector.hpp"

namespace wasmbed::fleet {

/// One entry of spec.rollout.batches; exactly one of the three counts (`rollout_problem`).
struct RolloutBatch {
    std::int64_t count = 0;    ///< devices moved after this step, in all; 0: not by count
    std::int64_t percent = 0;  ///< the same, of the target's devices, rounded up; 0: not by percent
    std::optional<LabelSelector> selector;
};

/// A person's word for steps of one revision.
struct RolloutApproval {
    std::string revision;
    std::int64_t step = 0;  ///< steps up to this one
};

/// spec.rollout.
struct RolloutPolicy {
    std::vector<RolloutBatch> batches;
    std::int64_t success_threshold = 90;  ///< percent
    std::int64_t min_ready_seconds = 0;
    std::optional<std::int64_t> max_unavailable;
    bool paused = false;
    bool needs_approval = false;
    RolloutApproval approved;
    bool auto_rollback = true;
};

enum class RolloutState { Progressing, Paused, WaitingForApproval, Complete, RolledBack, Failed };

std::string_view rollout_state_name(RolloutState state);

/// Devices that get the target by their labels; with a threshold only those of them whose hash is below.
struct RolloutSelector {
    LabelSelector selector;
    std::string threshold;

    bool operator==(const RolloutSelector&) const = default;
};

/// status.rollout: which device gets which revision. `revision_for` reads it, the controller writes it. While the
/// target stays, threshold and selectors only ever take in more devices, so no device moves to and fro.
struct Rollout {
    std::string stable{};  ///< empty: devices that were not moved get none
    std::string target{};
    std::string threshold{};                   ///< 16 hex digits, or empty: no device by threshold
    std::vector<RolloutSelector> selectors{};  ///< of the steps taken
    bool complete = false;                     ///< every device gets the target
    std::string rollback{};                    ///< the stable revision signed as a rollback, or empty
    RolloutState state = RolloutState::Progressing;
    std::string message{};
    std::int64_t step = 0;   ///< from 1
    std::int64_t steps = 0;  ///< 0: not in steps, to all devices at once
    std::int64_t moved = 0;
    std::int64_t moving = 0;
    std::string started_at{};
    std::string ready_since{};

    bool operator==(const Rollout&) const = default;
    json::object to_json() const;
};

/// spec.rollout of an Application object; none when it is absent.
std::optional<RolloutPolicy> rollout_policy_from_json(const json::value& application);
/// status.rollout of an Application object.
Rollout rollout_from_json(const json::value& application);

/// Why spec.rollout is none, or nullopt: each batch has exactly one of count, percent, selector, and the selector is
/// well-formed.
std::optional<std::string> rollout_problem(const json::value& application);

/// Place of a device in a rollout: 16 hex digits, the first 8 bytes, big-endian, of SHA-256(app uid NUL revision name
/// NUL device uid). Uniform, and another order for each revision, so that the same devices are not always the first.
std::string rollout_hash(std::string_view app_uid, std::string_view revision, std::string_view device_uid);

/// Whether the rollout has reached a device with this hash and these labels. A malformed threshold reaches nobody.
bool is_moved(const Rollout& rollout, std::string_view hash, const Labels& labels);

/// The revision `device` gets: the target if the rollout has reached it, else the stable one (may be empty). A device
/// that reports another revision than the stable one gets that one signed as a rollback where there is one: a device
/// refuses a lower sequence than it has.
const std::string& revision_for(const Rollout& rollout, std::string_view app_uid, const Device& device);

}  // namespace wasmbed::fleet
