// Enrollment on the gateway's side: checks a token, says in the API server which key asks, waits for the controller's
// certificate.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "core/link/enroll.hpp"
#include "host/base/task_group.hpp"
#include "host/kube/event_recorder.hpp"
#include "services/gateway/admission.hpp"
#include "services/gateway/device_port.hpp"
#include "services/gateway/fleet_view.hpp"
#include "services/gateway/metrics.hpp"
#include "services/gateway/records.hpp"

namespace wasmbed::gateway {

/// An Enroll message, owned.
struct EnrollRequest {
    std::string ns, name;     ///< empty: the device was not provisioned with a name
    std::string hardware_id;  ///< lower-case hex
    std::string token_id;
    std::vector<std::uint8_t> token;
    std::vector<std::uint8_t> csr;
    std::string board;
    std::string public_key_sha256;  ///< of the key in `csr`, lower-case hex
    std::string common_name;        ///< asked for in `csr`
    std::string renews_serial;      ///< of the certificate it came with; empty: it enrolls

    /// Whoever has a session may take another key, as the bearer of a token.
    IdentityRequest identity() const {
        return {public_key_sha256, board, !token_id.empty() || !renews_serial.empty(), common_name};
    }
};

/// Copies and checks what can be checked without the API server; the error is for the device and the log.
Result<EnrollRequest, std::string> read_enroll(const proto::Enroll& enroll);

/// The DER certificates of a PEM chain, leaf first; none when one cannot be read.
std::vector<std::vector<std::uint8_t>> chain_of(std::string_view pem);

/// Why a request got nothing this time.
struct EnrollProblem {
    std::string reason;
    bool try_again = false;  ///< the API server did not help; the device did nothing wrong
};

class Enrollment {
  public:
    struct Dependencies {
        IoContext& io;
        kube::Client& client;
        FleetView& view;
        RecordStore& records;
        TaskGroup& tasks;
        proto::FrameMemory& memory;
        Metrics& metrics;
        std::string pairing_namespace;  ///< where Devices that pair without a name are made
    };

    explicit Enrollment(Dependencies dependencies) : with_(std::move(dependencies)) {}

    /// The handler of a connection that came with ALPN `wasmbed-enroll/1`.
    std::unique_ptr<DeviceHandler> open(DeviceChannel& channel);

    /// Devices without a token may ask until then.
    void set_pairing_until(WallClock::time_point until) { pairing_until_ = until; }
    /// Devices this process gave a certificate to.
    std::uint64_t issued() const { return with_.metrics.enrollments_issued; }

    const Dependencies& with() const { return with_; }

    /// Why the request gets nothing, or the Device it may enroll as; binds the token to the key. Errors of the API
    /// server are problems to try again after.
    Task<Result<kube::ObjectPtr, EnrollProblem>> admit(EnrollRequest request);
    /// Writes status.enrollment unless it says this already, or with a token what comes without one now.
    Task<Result<kube::ObjectPtr, EnrollProblem>> announce(kube::ObjectPtr device, EnrollRequest request);

    /// Says at the Device, in an Event, that somebody who asked for its identity was refused; for one Device once a
    /// minute. Nothing when there is no such Device.
    Task<> tell_refusal(EnrollRequest request, std::string reason);

    void count_issued() { ++with_.metrics.enrollments_issued; }

    /// The token of the Device `uid`, which boards without certificates use as pre-shared key; empty when there is
    /// none, or a public key is bound to it.
    Task<std::vector<std::uint8_t>> pre_shared_key(std::string uid);

  private:
    Task<Result<void, EnrollProblem>> check_token(kube::ObjectKey device, EnrollRequest request);
    Task<Result<kube::ObjectPtr, EnrollProblem>> pairing_device(EnrollRequest request);
    bool pairing_open() const { return WallClock::now() < pairing_until_; }

    Dependencies with_;
    kube::EventRecorder events_{with_.client, "wasmbed-gateway"};
    std::map<std::string, SteadyClock::time_point> told_;  ///< refusals, by the Device's uid
    WallClock::time_point pairing_until_{};
};

}  // namespace wasmbed::gateway
