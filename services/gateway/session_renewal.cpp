// Renew: a device asks for a new certificate over its session, before the old one expires.
#include "host/base/log.hpp"
#include "host/pki/csr.hpp"
#include "services/gateway/session.hpp"

namespace wasmbed::gateway {

/// The request goes where enrollments go; the controller issues, and the watch brings the certificate.
void Session::on_renew(const proto::Renew& renew) {
    const auto wanted = pki::parse_csr(renew.csr);
    if (!wanted) return end_renewal(proto::ErrorCode::refused, "certificate request: " + wanted.error().message);
    const kube::ObjectPtr object = with_.view.device(channel_.peer().device_uid);
    if (!object || !sessions_.announce_) return end_renewal(proto::ErrorCode::busy, "there is no Device to renew for");
    const fleet::Device device = fleet::device_from_json(*object);
    EnrollRequest request;
    request.ns = device_.ns;
    request.name = device_.name;
    request.hardware_id = device.enrollment ? device.enrollment->hardware_id : "";
    request.board = device.board;
    request.csr.assign(renew.csr.begin(), renew.csr.end());
    request.public_key_sha256 = wanted->key.spki_sha256();
    request.common_name = wanted->common_name;
    request.renews_serial = channel_.peer().serial;
    renewal_ =
        std::make_unique<Renewal>(Renewal{.public_key_sha256 = request.public_key_sha256, .chain = {}, .views = {}});
    log_info("device asks for a new certificate", {{"device", device_.text()}, {"serial", channel_.peer().serial}});
    with_.tasks.spawn("announce renewal", announce_renewal(sessions_, handle_, object, std::move(request)));
}

Task<> Session::announce_renewal(Sessions& sessions, std::weak_ptr<Session*> who, kube::ObjectPtr device,
                                 EnrollRequest request) {
    const auto announced = co_await sessions.announce_(std::move(device), std::move(request));
    if (announced) co_return;
    const Handle self = who.lock();
    if (!self) co_return;
    const auto code = announced.error().try_again ? proto::ErrorCode::busy : proto::ErrorCode::refused;
    (*self)->end_renewal(code, announced.error().reason);
    (*self)->pump();
}

/// Whether `device` has the certificate that was asked for.
void Session::check_renewal(const fleet::Device& device) {
    if (!renewal_ || !renewal_->chain.empty() || !device.identity) return;
    if (device.identity->public_key_sha256 != renewal_->public_key_sha256) return;
    if (device.identity->serial == channel_.peer().serial) return;
    renewal_->chain = chain_of(device.identity->certificate);
    if (renewal_->chain.empty()) {
        return end_renewal(proto::ErrorCode::busy, "the certificate in status.identity cannot be read");
    }
    renewal_->views.assign(renewal_->chain.begin(), renewal_->chain.end());
    record(RecordKind::session, "", {{"state", "renewed"}, {"serial", device.identity->serial}});
    link_.certificate_ready();
    pump_later();
}

proto::Renewed Session::renewed() {
    return {.chain = std::span<const Bytes>(renewal_->views)};
}

void Session::end_renewal(proto::ErrorCode code, std::string_view reason) {
    renewal_.reset();
    log_warn("no new certificate for a device", {{"device", device_.text()}, {"reason", reason}});
    link_.refuse_renewal(code, reason);
}

}  // namespace wasmbed::gateway
