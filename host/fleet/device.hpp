// Device: one microcontroller. Fields as in deploy/crds/devices.yaml.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/fleet/condition.hpp"
#include "host/fleet/object_meta.hpp"

namespace wasmbed::fleet {

enum class Approval { Unset, Approved, Rejected };

struct Enrollment {
    std::string csr;  ///< base64 DER
    std::string public_key_sha256;
    std::string hardware_id;
    std::string board;
    std::string token_id;       ///< set only after the gateway checked and bound the token
    std::string renews_serial;  ///< set when it came over a session with the certificate of this serial
    std::string requested_at;
};

struct Identity {
    std::string certificate;  ///< PEM chain, leaf first
    std::string serial;
    std::string not_after;
    std::string public_key_sha256;
    std::string previous_serial{};  ///< of the certificate this one renews, good until a session with this one

    json::object to_json() const;
};

struct Session {
    std::string gateway;
    std::int64_t epoch = 0;
    std::string since;
    std::string until;  ///< empty while it lives
    std::string boot_id;
};

/// One app as the device itself reported it.
struct DeviceApplication {
    std::string name;
    std::string uid;
    std::string revision;
    std::string manifest_sha256;
    std::string state;  ///< Pending, Fetching, Installing, Running, Completed, Failed, Stopped, Backoff, Refused
    std::int64_t restarts = 0;
    std::string reason;
    std::string detail;
    std::optional<std::int64_t> exit_code;

    bool runs_or_completed() const { return state == "Running" || state == "Completed"; }
    /// Failed, refused, or waiting to be restarted after something other than an exit with 0.
    bool is_failed() const;
    json::object to_json() const;
};

/// What the device offers to apps, as its Hello said.
struct Capacity {
    std::int64_t ram = 0;                    ///< for apps, bytes
    std::int64_t flash = 0;                  ///< for modules and app data, bytes
    std::int64_t module_bytes = 0;           ///< largest module
    std::vector<std::string> features = {};  ///< by the names of core/proto/wire.cddl; empty: it does not say
};

/// A certificate that must not be accepted any more.
struct RevokedCertificate {
    std::string serial;
    std::string not_after;
    std::string revoked_at;
    std::string reason;

    json::object to_json() const;
};

/// Annotation of a Device: the serial of the certificate that a person revokes.
constexpr std::string_view kRevokeCertificate = "wasmbed.io/revoke-certificate";

struct Device {
    ObjectMeta meta;
    // spec
    std::string board;
    Approval approval = Approval::Unset;
    std::string public_key;  ///< pin, hex
    std::string preferred_gateway;
    bool emulated = false;
    bool suspended = false;
    std::string revoke_serial;  ///< annotation kRevokeCertificate
    // status
    std::string phase;
    std::int64_t observed_generation = 0;
    std::vector<Condition> conditions;
    std::optional<Enrollment> enrollment;
    std::optional<Identity> identity;
    std::vector<std::string> revoked_serials;
    std::vector<RevokedCertificate> revoked;
    std::optional<Session> session;
    std::string last_seen;
    std::optional<Capacity> capacity;  ///< none: it never connected
    std::vector<DeviceApplication> applications;

    /// Condition Connected is True and the session has not ended.
    bool connected() const;
    /// What it reported of the Application with this uid, or null.
    const DeviceApplication* application(std::string_view uid) const;
};

/// Reads a Device object. Unknown members are ignored, missing or mistyped ones become empty: the schema has been
/// checked by the API server.
Device device_from_json(const json::value& object);

/// `status.apps`, written together with `status.applications`: "1/2", apps that run or completed of those reported.
std::string apps_summary(std::span<const DeviceApplication> applications);

}  // namespace wasmbed::fleet
