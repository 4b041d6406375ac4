#include "device/runtime/testing/test_gateway.hpp"

#include <algorithm>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "core/proto/cose.hpp"

namespace wasmbed::testing {
namespace {

constexpr std::uint8_t kKid[] = {0xAB, 0xCD};

Digest sha256(Bytes data) {
    Digest digest;
    SHA256(data.data(), data.size(), digest.data());
    return digest;
}

P256PublicKey public_point(EVP_PKEY* key) {
    P256PublicKey point{};
    std::size_t size = 0;
    EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &size);
    return point;
}

Es256Signature sign_digest(EVP_PKEY* key, const Digest& digest) {
    EVP_PKEY_CTX* context = EVP_PKEY_CTX_new(key, nullptr);
    std::uint8_t der[80];
    std::size_t size = sizeof der;
    EVP_PKEY_sign_init(context);
    EVP_PKEY_sign(context, der, &size, digest.data(), digest.size());
    EVP_PKEY_CTX_free(context);
    const std::uint8_t* at = der;
    ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size));
    Es256Signature raw;
    BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw.data(), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw.data() + 32, 32);
    ECDSA_SIG_free(signature);
    return raw;
}

}  // namespace

TestGateway::TestGateway() = default;
TestGateway::~TestGateway() = default;

std::vector<std::uint8_t> TestGateway::provision(const std::string& uid) const {
    const transport::Der root = service_ca_.der();
    const Bytes roots[] = {root};
    const proto::ManifestKey keys[] = {{kKid, public_point(signer_.key())}};
    const std::string_view gateways[] = {"10.0.2.2:8443"};
    const std::vector<std::uint8_t> secret(32, 7);
    proto::Provision item;
    item.name = "ns/board-1";
    item.uid = uid;
    item.roots = roots;
    item.manifest_keys = keys;
    item.gateways = gateways;
    item.token = {"token-1", secret};
    std::vector<std::uint8_t> partition(4096, 0xFF);
    if (!proto::encode_provision(partition, item)) std::abort();
    return partition;
}

Result<void, hal::StreamError> TestGateway::do_connect(std::string_view address) {
    if (!reachable_) return fail(hal::StreamError::Refused);
    transport::PeerOptions options;
    options.identity = &identity_;
    if (enrolled_) options.client_ca = &device_ca_;
    options.alpn = enrolled_ ? "wasmbed/1" : "wasmbed-enroll/1";
    peer_ = std::make_unique<transport::OpensslPeer>(options);
    heard_ = 0;
    if (enrolled_) {
        session_ = std::make_unique<link::GatewaySession>(now_, memory_, static_cast<link::GatewayEvents&>(*this));
    } else {
        enrollment_ =
            std::make_unique<link::EnrollGateway>(now_, memory_, static_cast<link::EnrollGateway::Events&>(*this));
    }
    return peer_->connect(address);
}

void TestGateway::do_close() {
    session_.reset();
    enrollment_.reset();
    if (peer_) peer_->close();
}

void TestGateway::step(Instant now) {
    now_ = now;
    link::Connection* connection = session_ ? static_cast<link::Connection*>(session_.get()) : enrollment_.get();
    if (connection == nullptr) return;
    const std::string heard = peer_->heard().substr(heard_);
    heard_ += heard.size();
    connection->on_bytes(now, bytes_of(heard));
    connection->on_time(now);
    for (Bytes output = connection->poll_output(now); !output.empty(); output = connection->poll_output(now)) {
        peer_->say(std::string{text_of(output)});
        connection->consumed(output.size());
    }
    if (connection->closed() != link::CloseReason::none) peer_->close_notify();
}

void TestGateway::set_reachable(bool reachable) {
    reachable_ = reachable;
    if (!reachable) drop_connection();
}

void TestGateway::drop_connection() {
    if (peer_) peer_->cut();
}

/// A certificate for the request's key, good for a day.
void TestGateway::issue(Bytes csr) {
    const std::uint8_t* at = csr.data();
    X509_REQ* request = d2i_X509_REQ(nullptr, &at, static_cast<long>(csr.size()));
    EVP_PKEY* key = X509_REQ_get_pubkey(request);
    const P256PublicKey point = public_point(key);
    enrolled_key_.assign(point.begin(), point.end());
    const transport::TestIdentity device{kUid, &device_ca_, std::string{"URI:wasmbed:device:"} + kUid, key};
    EVP_PKEY_free(key);
    X509_REQ_free(request);
    issued_ = device.der();
    issued_view_ = issued_;
}

void TestGateway::on_renew(const proto::Renew& renew) {
    ++renewals;
    if (renewing == Renewing::is_busy) return session_->refuse_renewal(proto::ErrorCode::busy, "later");
    if (renewing == Renewing::refuses) return session_->refuse_renewal(proto::ErrorCode::refused, "never");
    issue(renew.csr);
    if (renewing == Renewing::issues_for_another_key) issued_view_ = other_issued_ = signer_.der();
    session_->certificate_ready();
}

void TestGateway::on_enroll(const proto::Enroll& enroll) {
    ++enrollments;
    issue(enroll.csr);
    const Bytes chain[] = {issued_};
    proto::Enrolled answer;
    answer.outcome = proto::EnrollOutcome::issued;
    answer.chain = chain;
    answer.namespace_name = "ns";
    answer.device_name = "board-1";
    answer.uid = named_uid_;
    enrolled_ = true;
    enrollment_->answer(answer);
}

void TestGateway::on_hello(const proto::Hello& hello) {
    ++sessions;
    app_ram_bytes = hello.capacity.app_ram_bytes;
    session_->welcome(now_, {1, 30}, 0);
}

proto::Desired TestGateway::desired() {
    desired_list_.clear();
    for (const auto& [uid, app] : wanted_) desired_list_.push_back(app);
    proto::Desired desired;
    desired.generation = generation_;
    desired.time_ms = wall_time_ms();
    desired.apps = desired_list_;
    return desired;
}

void TestGateway::on_reported(const proto::Reported& reported) {
    apps.clear();
    for (const proto::ReportedApp& app : reported.apps) {
        const AppReport report{app.manifest, app.state,     app.reason,        std::string{app.detail},
                               app.restarts, app.exit_code, app.trap_function, app.trap_offset,
                               app.rule};
        apps[std::string{app.app}] = report;
        history.push_back(report);
    }
}

void TestGateway::on_log(const proto::Log& log) {
    logs.push_back(std::string{log.source} + ": " + std::string{log.text});
    session_->stored(log.head.seq);
}

void TestGateway::on_event(const proto::Event& event) {
    if (event.kind == proto::EventKind::security) security_events.emplace_back(event.text);
    if (event.kind == proto::EventKind::led && event.index == 0) led_events.push_back(event.value);
    session_->stored(event.head.seq);
}

link::Blob TestGateway::blob(const Digest& digest) {
    const auto found = blobs_.find(digest);
    if (found == blobs_.end()) return {};
    return {link::Blob::State::ready, found->second};
}

void TestGateway::on_served(const Digest&, std::uint64_t offset, std::size_t bytes, std::uint64_t total) {
    if (offset + bytes == total) ++fetched_blobs;
}

Digest TestGateway::add_blob(Bytes content) {
    const Digest digest = sha256(content);
    blobs_[digest].assign(content.begin(), content.end());
    return digest;
}

std::vector<std::uint8_t> TestGateway::sign(Bytes manifest) const {
    std::vector<std::uint8_t> structure(manifest.size() + proto::kCoseOverheadBytes);
    const auto to_sign = proto::cose_sig_structure(structure, kKid, manifest);
    std::vector<std::uint8_t> cose(manifest.size() + proto::kCoseOverheadBytes);
    const auto encoded =
        proto::cose_encode(cose, kKid, manifest, sign_digest(present_signer_->key(), sha256(*to_sign)));
    cose.resize(encoded->size());
    return cose;
}

std::vector<std::uint8_t> TestGateway::signed_manifest(const AppSpec& spec) {
    const std::string revision = spec.name + "-" + std::to_string(spec.sequence);
    proto::Manifest manifest;
    manifest.namespace_name = spec.namespace_name;
    manifest.app_uid = spec.uid;
    manifest.app_name = spec.name;
    manifest.revision = revision;
    manifest.sequence = spec.sequence;
    manifest.module = add_blob(spec.module);
    manifest.module_bytes = spec.module.size();
    manifest.permissions = spec.permissions;
    manifest.restart = spec.restart;
    manifest.limits = spec.limits;
    manifest.args = spec.args;
    manifest.env = spec.env;
    std::uint8_t buffer[2048];
    const auto encoded = proto::encode_manifest(buffer, manifest);
    if (!encoded) std::abort();
    return sign(*encoded);
}

void TestGateway::want_manifest(const std::string& uid, const Digest& manifest, bool run) {
    // The key of the map is the memory of the uid.
    const auto entry = wanted_.try_emplace(uid).first;
    entry->second = {entry->first, manifest, run};
    ++generation_;
    if (session_) session_->desired_changed();
}

Digest TestGateway::want(const AppSpec& spec, bool run) {
    const Digest digest = add_blob(signed_manifest(spec));
    want_manifest(spec.uid, digest, run);
    return digest;
}

bool TestGateway::want_forged_manifest(const AppSpec& spec, std::size_t position) {
    std::vector<std::uint8_t> cose = signed_manifest(spec);
    if (position >= cose.size()) return false;
    cose[position] ^= 1;
    want_manifest(spec.uid, add_blob(cose), true);
    return true;
}

bool TestGateway::forge_blob(const Digest& digest, std::size_t position) {
    std::vector<std::uint8_t>& blob = blobs_[digest];
    if (position >= blob.size()) return false;
    blob[position] ^= 1;
    return true;
}

void TestGateway::want_nothing() {
    wanted_.clear();
    ++generation_;
    if (session_) session_->desired_changed();
}

void TestGateway::forge_module(const std::vector<std::uint8_t>& module) {
    blobs_[sha256(module)].back() ^= 1;
}

void TestGateway::hide_module(const std::vector<std::uint8_t>& module, bool hidden) {
    if (hidden) {
        blobs_.erase(sha256(module));
    } else {
        (void)add_blob(module);
    }
}

void TestGateway::use_wrong_key() {
    present_signer_ = &other_signer_;
}

}  // namespace wasmbed::testing
