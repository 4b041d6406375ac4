#include "services/gateway/enrollment.hpp"

#include <openssl/crypto.h>

#include "host/base/log.hpp"
#include "host/pki/csr.hpp"
#include "host/pki/encoding.hpp"

namespace wasmbed::gateway {
namespace {

/// Between two Events of one Device about a refusal: whoever asks again and again makes no more writes than that.
constexpr std::chrono::minutes kRefusalPause{1};
constexpr int kConflictsMax = 10;
/// Between two of them, times their number: a server that is about to commit somebody's write still shows the object of
/// before.
constexpr std::chrono::milliseconds kConflictPause{10};

EnrollProblem describe(const kube::ApiError& error) {
    return {"the API server did not help: " + error.message, true};
}

EnrollProblem refusal(std::string reason) {
    return {std::move(reason), false};
}

kube::ObjectPtr shared(json::value object) {
    return std::make_shared<const json::value>(std::move(object));
}

/// A Secret's entry, decoded; empty when it is not there.
std::vector<std::uint8_t> secret_data(const json::value& secret, std::string_view key) {
    return pki::from_base64(json_string(secret, {"data", key})).value_or(std::vector<std::uint8_t>{});
}

/// Takes the same time wherever the two differ.
bool equal_secrets(Bytes a, Bytes b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool is_name(std::string_view text) {
    const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; };
    return !text.empty() && text.size() <= 63 && std::ranges::all_of(text, good) && text.front() != '-' &&
           text.front() != '.';
}

}  // namespace

Result<EnrollRequest, std::string> read_enroll(const proto::Enroll& enroll) {
    EnrollRequest request;
    if (!enroll.name.empty()) {
        const std::size_t slash = enroll.name.find('/');
        request.ns = enroll.name.substr(0, slash);
        if (slash != std::string_view::npos) request.name = enroll.name.substr(slash + 1);
        if (!is_name(request.ns) || !is_name(request.name)) return fail(std::string("the name is not namespace/name"));
    }
    if (enroll.token_id.empty() != enroll.token.empty()) return fail(std::string("a token needs both id and secret"));
    if (!enroll.token_id.empty() && !is_name(enroll.token_id)) return fail(std::string("the token id is malformed"));
    if (!enroll.token_id.empty() && request.name.empty()) return fail(std::string("a token needs the Device's name"));
    const auto wanted = pki::parse_csr(enroll.csr);
    if (!wanted) return fail("certificate request: " + wanted.error().message);
    request.public_key_sha256 = wanted->key.spki_sha256();
    request.common_name = wanted->common_name;
    request.hardware_id = pki::to_hex(enroll.hardware_id);
    request.token_id = enroll.token_id;
    request.token.assign(enroll.token.begin(), enroll.token.end());
    request.csr.assign(enroll.csr.begin(), enroll.csr.end());
    request.board = enroll.board;
    return request;
}

Task<Result<kube::ObjectPtr, EnrollProblem>> Enrollment::admit(EnrollRequest request) {
    if (request.token_id.empty() && !pairing_open()) co_return fail(refusal("no token, and pairing is not open"));
    if (request.name.empty()) co_return co_await pairing_device(request);
    auto device = co_await with_.client.get(kube::kDevices, request.ns, request.name);
    if (!device && device.error().not_found())
        co_return fail(refusal("there is no Device " + request.ns + "/" + request.name));
    if (!device) co_return fail(describe(device.error()));
    if (auto problem = enrollment_problem(fleet::device_from_json(*device), request.identity())) {
        co_return fail(refusal(std::move(*problem)));
    }
    if (!request.token_id.empty()) {
        auto checked = co_await check_token({request.ns, request.name}, request);
        if (!checked) co_return fail(checked.error());
    }
    co_return shared(std::move(*device));
}

/// The token must be of this Device, right, and unused or used by this very key.
Task<Result<void, EnrollProblem>> Enrollment::check_token(kube::ObjectKey device, EnrollRequest request) {
    const std::string name = "enrollment-" + request.token_id;
    const EnrollProblem unknown = refusal("the token is wrong, or was used up");
    for (int attempt = 0; attempt < kConflictsMax; ++attempt) {
        auto secret = co_await with_.client.get(kube::kSecrets, device.ns, name);
        if (!secret && secret.error().not_found()) co_return fail(unknown);
        if (!secret) co_return fail(describe(secret.error()));
        if (json_string(*secret, {"type"}) != "wasmbed.io/enrollment-token" ||
            json_string(*secret, {"metadata", "labels", "wasmbed.io/device"}) != device.name ||
            !equal_secrets(secret_data(*secret, "token"), request.token)) {
            co_return fail(unknown);
        }
        // As in Kubernetes' bootstrap tokens: RFC 3339, put there by a person; a token without it does not expire.
        const std::vector<std::uint8_t> expiration = secret_data(*secret, "expiration");
        if (!expiration.empty()) {
            const auto end = parse_rfc3339(text_of(expiration));
            if (!end || *end <= WallClock::now())
                co_return fail(refusal("the token expired at " + std::string(text_of(expiration))));
        }
        const std::vector<std::uint8_t> bound = secret_data(*secret, "publicKeySha256");
        if (text_of(bound) == request.public_key_sha256) co_return Result<void, EnrollProblem>{};
        if (!bound.empty()) co_return fail(refusal("the token was used with another key"));
        json::value patch{{"metadata", {{"resourceVersion", json_string(*secret, {"metadata", "resourceVersion"})}}},
                          {"data", {{"publicKeySha256", pki::to_base64(bytes_of(request.public_key_sha256))}}}};
        auto done = co_await with_.client.patch(kube::kSecrets, device.ns, name, std::move(patch));
        if (done) co_return Result<void, EnrollProblem>{};
        if (!done.error().conflict()) co_return fail(describe(done.error()));
        co_await sleep_for(attempt * kConflictPause);
    }
    co_return fail(EnrollProblem{"the token is in use elsewhere at this moment", true});
}

Task<std::vector<std::uint8_t>> Enrollment::pre_shared_key(std::string uid) {
    const kube::ObjectPtr device = with_.view.device(uid);
    if (!device) co_return std::vector<std::uint8_t>{};
    auto secret = co_await with_.client.get(kube::kSecrets, kube::key_of(*device).ns, "enrollment-" + uid);
    if (!secret || json_string(*secret, {"type"}) != "wasmbed.io/enrollment-token" ||
        !secret_data(*secret, "publicKeySha256").empty())
        co_return std::vector<std::uint8_t>{};
    co_return secret_data(*secret, "token");
}

/// A Device made for hardware that nobody announced; a person approves it.
Task<Result<kube::ObjectPtr, EnrollProblem>> Enrollment::pairing_device(EnrollRequest request) {
    const std::string name = "device-" + request.public_key_sha256.substr(0, 10);
    json::value wanted{{"apiVersion", kube::kDevices.api_version()},
                       {"kind", kube::kDevices.kind},
                       {"metadata", {{"name", name}, {"namespace", with_.pairing_namespace}}},
                       {"spec", {{"board", request.board}, {"publicKey", request.public_key_sha256}}}};
    auto made = co_await with_.client.create(kube::kDevices, with_.pairing_namespace, std::move(wanted));
    if (made) co_return shared(std::move(*made));
    if (!made.error().already_exists()) co_return fail(describe(made.error()));
    auto device = co_await with_.client.get(kube::kDevices, with_.pairing_namespace, name);
    if (!device) co_return fail(describe(device.error()));
    if (auto problem = enrollment_problem(fleet::device_from_json(*device), request.identity())) {
        co_return fail(refusal(std::move(*problem)));
    }
    co_return shared(std::move(*device));
}

Task<> Enrollment::tell_refusal(EnrollRequest request, std::string reason) {
    const kube::ObjectPtr device = with_.view.device(kube::ObjectKey{request.ns, request.name});
    if (!device) co_return;
    const auto now = SteadyClock::now();
    std::erase_if(told_, [now](const auto& entry) { return now >= entry.second + kRefusalPause; });
    if (!told_.emplace(json_string(*device, {"metadata", "uid"}), now).second) co_return;
    co_await events_.record(
        *device, "Warning", "EnrollmentRefused",
        "a device that asks for this identity was refused: " + reason +
            "; if it lost what it had stored, or was replaced, delete the Device and make it again");
}

Task<Result<kube::ObjectPtr, EnrollProblem>> Enrollment::announce(kube::ObjectPtr device, EnrollRequest request) {
    const kube::ObjectKey key = kube::key_of(*device);
    for (int attempt = 0; attempt < kConflictsMax; ++attempt) {
        const fleet::Device seen = fleet::device_from_json(*device);
        if (auto problem = enrollment_problem(seen, request.identity())) co_return fail(refusal(std::move(*problem)));
        const bool known = seen.enrollment && seen.enrollment->public_key_sha256 == request.public_key_sha256 &&
                           seen.enrollment->renews_serial == request.renews_serial;
        if (known && (request.token_id.empty() || seen.enrollment->token_id == request.token_id)) co_return device;
        json::value enrollment{{"csr", pki::to_base64(request.csr)},
                               {"publicKeySha256", request.public_key_sha256},
                               {"hardwareId", request.hardware_id},
                               {"board", request.board},
                               {"requestedAt", rfc3339(WallClock::now())}};
        const auto set_or_remove = [&enrollment](std::string_view name, const std::string& value) {
            enrollment.as_object()[name] = value.empty() ? json::value(nullptr) : json::value(value);
        };
        set_or_remove("tokenId", request.token_id);
        set_or_remove("renewsSerial", request.renews_serial);
        json::value patch{{"metadata", {{"resourceVersion", seen.meta.resource_version}}},
                          {"status", {{"enrollment", std::move(enrollment)}}}};
        auto written = co_await with_.client.patch_status(kube::kDevices, key.ns, key.name, std::move(patch));
        if (written) co_return shared(std::move(*written));
        if (!written.error().conflict()) co_return fail(describe(written.error()));
        co_await sleep_for(attempt * kConflictPause);
        auto fresh = co_await with_.client.get(kube::kDevices, key.ns, key.name);
        if (!fresh) co_return fail(describe(fresh.error()));
        device = shared(std::move(*fresh));
    }
    co_return fail(EnrollProblem{"the Device is being changed too often at this moment", true});
}

}  // namespace wasmbed::gateway
