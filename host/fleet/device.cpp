#include "host/fleet/device.hpp"

#include <algorithm>

namespace wasmbed::fleet {
namespace {

Approval approval_from(std::string_view name) {
    if (name == "Approved") return Approval::Approved;
    if (name == "Rejected") return Approval::Rejected;
    return Approval::Unset;
}

std::optional<Enrollment> enrollment_from(const json::value& object) {
    const json::value* value = json_find(object, {"status", "enrollment"});
    if (value == nullptr || !value->is_object()) return std::nullopt;
    Enrollment out;
    out.csr = json_string(*value, {"csr"});
    out.public_key_sha256 = json_string(*value, {"publicKeySha256"});
    out.hardware_id = json_string(*value, {"hardwareId"});
    out.board = json_string(*value, {"board"});
    out.token_id = json_string(*value, {"tokenId"});
    out.renews_serial = json_string(*value, {"renewsSerial"});
    out.requested_at = json_string(*value, {"requestedAt"});
    return out;
}

std::optional<Identity> identity_from(const json::value& object) {
    const json::value* value = json_find(object, {"status", "identity"});
    if (value == nullptr || !value->is_object()) return std::nullopt;
    Identity out;
    out.certificate = json_string(*value, {"certificate"});
    out.serial = json_string(*value, {"serial"});
    out.not_after = json_string(*value, {"notAfter"});
    out.previous_serial = json_string(*value, {"previousSerial"});
    out.public_key_sha256 = json_string(*value, {"publicKeySha256"});
    return out;
}

std::optional<Session> session_from(const json::value& object) {
    const json::value* value = json_find(object, {"status", "session"});
    if (value == nullptr || !value->is_object()) return std::nullopt;
    Session out;
    out.gateway = json_string(*value, {"gateway"});
    out.epoch = json_int(*value, {"epoch"});
    out.since = json_string(*value, {"since"});
    out.until = json_string(*value, {"until"});
    out.boot_id = json_string(*value, {"bootId"});
    return out;
}

DeviceApplication application_from(const json::value& value) {
    DeviceApplication out;
    out.name = json_string(value, {"name"});
    out.uid = json_string(value, {"uid"});
    out.revision = json_string(value, {"revision"});
    out.manifest_sha256 = json_string(value, {"manifestSha256"});
    out.state = json_string(value, {"state"});
    out.restarts = json_int(value, {"restarts"});
    out.reason = json_string(value, {"reason"});
    out.detail = json_string(value, {"detail"});
    if (json_find(value, {"exitCode"}) != nullptr) out.exit_code = json_int(value, {"exitCode"});
    return out;
}

}  // namespace

json::object Identity::to_json() const {
    json::object out{{"certificate", certificate},
                     {"serial", serial},
                     {"notAfter", not_after},
                     {"publicKeySha256", public_key_sha256}};
    if (!previous_serial.empty()) out["previousSerial"] = previous_serial;
    return out;
}

json::object RevokedCertificate::to_json() const {
    json::object out{{"serial", serial}, {"revokedAt", revoked_at}};
    if (!not_after.empty()) out["notAfter"] = not_after;
    if (!reason.empty()) out["reason"] = reason;
    return out;
}

bool DeviceApplication::is_failed() const {
    if (state == "Failed" || state == "Refused") return true;
    bool exited_well = (reason.empty() || reason == "Exit") && exit_code.value_or(0) == 0;
    return state == "Backoff" && !exited_well;
}

json::object DeviceApplication::to_json() const {
    json::object out{{"name", name}, {"uid", uid}, {"state", state}, {"restarts", restarts}};
    // An empty text in an array of a merge patch: see conditions_to_json.
    if (!reason.empty()) out["reason"] = reason;
    if (!revision.empty()) out["revision"] = revision;
    if (!manifest_sha256.empty()) out["manifestSha256"] = manifest_sha256;
    if (!detail.empty()) out["detail"] = detail;
    if (exit_code) out["exitCode"] = *exit_code;
    return out;
}

bool Device::connected() const {
    return session && session->until.empty() && condition_is_true(conditions, "Connected");
}

const DeviceApplication* Device::application(std::string_view uid) const {
    auto found = std::ranges::find(applications, uid, &DeviceApplication::uid);
    return found == applications.end() ? nullptr : &*found;
}

Device device_from_json(const json::value& object) {
    Device device;
    device.meta = meta_from_json(object);
    device.board = json_string(object, {"spec", "board"});
    device.approval = approval_from(json_string(object, {"spec", "approval"}));
    device.public_key = json_string(object, {"spec", "publicKey"});
    device.preferred_gateway = json_string(object, {"spec", "gateway"});
    device.emulated = json_bool(object, {"spec", "emulation", "enabled"});
    device.suspended = json_bool(object, {"spec", "suspended"});
    device.phase = json_string(object, {"status", "phase"});
    device.observed_generation = json_int(object, {"status", "observedGeneration"});
    device.conditions = conditions_from_json(object);
    device.enrollment = enrollment_from(object);
    device.identity = identity_from(object);
    if (const json::array* revoked = json_array(object, {"status", "revoked"})) {
        for (const json::value& entry : *revoked) {
            device.revoked_serials.emplace_back(json_string(entry, {"serial"}));
            device.revoked.push_back(
                {std::string(json_string(entry, {"serial"})), std::string(json_string(entry, {"notAfter"})),
                 std::string(json_string(entry, {"revokedAt"})), std::string(json_string(entry, {"reason"}))});
        }
    }
    device.session = session_from(object);
    if (json_object(object, {"status", "capacity"}) != nullptr) {
        device.capacity = Capacity{json_int(object, {"status", "capacity", "ram"}),
                                   json_int(object, {"status", "capacity", "flash"}),
                                   json_int(object, {"status", "capacity", "moduleBytes"}),
                                   {}};
        if (const auto* features = json_array(object, {"status", "capacity", "features"})) {
            for (const auto& feature : *features) {
                if (feature.is_string()) device.capacity->features.emplace_back(feature.get_string());
            }
        }
    }
    device.revoke_serial = json_string(object, {"metadata", "annotations", kRevokeCertificate});
    device.last_seen = json_string(object, {"status", "lastSeen"});
    if (const json::array* applications = json_array(object, {"status", "applications"})) {
        for (const json::value& item : *applications) device.applications.push_back(application_from(item));
    }
    return device;
}

std::string apps_summary(std::span<const DeviceApplication> applications) {
    auto ready = std::ranges::count_if(applications, &DeviceApplication::runs_or_completed);
    return std::to_string(ready) + "/" + std::to_string(applications.size());
}

}  // namespace wasmbed::fleet
