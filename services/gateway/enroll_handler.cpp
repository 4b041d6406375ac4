// One enrollment connection: Enroll in, the answers out.
#include <boost/asio/steady_timer.hpp>

#include "host/base/log.hpp"
#include "host/pki/certificate.hpp"
#include "host/pki/encoding.hpp"
#include "services/gateway/enrollment.hpp"
#include "services/gateway/session.hpp"

namespace wasmbed::gateway {
namespace {

/// A device hears `pending` when no certificate came in this time.
constexpr std::chrono::milliseconds kPatience{1'000};
/// How long a connection waits for a person or the controller; below link::kEnrollTimeout.
constexpr std::chrono::seconds kWait{100};
/// When to come again after that, seconds.
constexpr std::uint32_t kRetrySeconds = 30;
/// When to come again while the API server is away, seconds.
constexpr std::uint32_t kBusyRetrySeconds = 5;

}  // namespace

std::vector<std::vector<std::uint8_t>> chain_of(std::string_view pem) {
    constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
    std::vector<std::vector<std::uint8_t>> chain;
    for (std::size_t at = pem.find(kBegin); at != std::string_view::npos; at = pem.find(kBegin, at + kBegin.size())) {
        const auto certificate = pki::Certificate::from_pem(pem.substr(at));
        if (!certificate) return {};
        chain.push_back(certificate->to_der());
    }
    return chain;
}

namespace {

class EnrollHandler final : public DeviceHandler, private link::EnrollGateway::Events {
  public:
    EnrollHandler(Enrollment& enrollment, DeviceChannel& channel)
        : enrollment_(enrollment),
          channel_(channel),
          handle_(std::make_shared<EnrollHandler*>(this)),
          link_(link_now(), enrollment.with().memory, *this) {
        pump();
    }

    void received(Bytes plaintext) override {
        link_.on_bytes(link_now(), plaintext);
        pump();
    }
    void deadline() override {
        link_.on_time(link_now());
        pump();
    }
    void closed(std::string_view) override { handle_.reset(); }

  private:
    using Handle = std::weak_ptr<EnrollHandler*>;

    void on_enroll(const proto::Enroll& enroll) override {
        auto request = read_enroll(enroll);
        if (!request) return refuse(request.error());
        enrollment_.with().tasks.spawn("enroll", run(enrollment_, handle_, std::move(*request)));
    }

    static Task<> run(Enrollment& enrollment, Handle who, EnrollRequest request) {
        auto device = co_await enrollment.admit(request);
        if (device) device = co_await enrollment.announce(*device, request);
        auto self = who.lock();
        if (!self) co_return;
        if (!device && device.error().try_again) co_return (*self)->ask_again(kBusyRetrySeconds, device.error().reason);
        if (!device) {
            (*self)->refuse(device.error().reason);
            self.reset();
            co_return co_await enrollment.tell_refusal(std::move(request), std::move(device.error().reason));
        }
        (*self)->record("enrolling", **device);
        self.reset();
        co_await await_identity(enrollment, who, kube::key_of(**device), std::move(*device), std::move(request));
    }

    /// Waits for the controller (and a person, when there is no token) to give the key its certificate.
    static Task<> await_identity(Enrollment& enrollment, Handle who, kube::ObjectKey key, kube::ObjectPtr device,
                                 EnrollRequest request) {
        Notifier& changed = enrollment.with().view.device_notifier();
        const auto started = SteadyClock::now();
        boost::asio::steady_timer wake{enrollment.with().io};
        const auto wake_at = [&wake, &changed](SteadyClock::time_point when) {
            wake.expires_at(when);
            wake.async_wait([&changed](const boost::system::error_code& cancelled) {
                if (!cancelled) changed.notify_all();
            });
        };
        wake_at(started + kPatience);
        bool told_pending = false;
        for (;;) {
            const kube::ObjectPtr newer = enrollment.with().view.device(key);
            // The informer may not have seen yet what `announce` wrote.
            if (newer && !is_older(*newer, *device)) device = newer;
            const auto waited = SteadyClock::now() - started;
            if (const auto self = who.lock()) {
                if ((*self)->settled(*device, request)) co_return;
                if (waited >= kWait) co_return (*self)->ask_again(kRetrySeconds, "waits for approval");
                if (!told_pending && waited >= kPatience) (*self)->answer_pending();
            } else {
                co_return;
            }
            if (!told_pending && waited >= kPatience) {
                told_pending = true;
                wake_at(started + kWait);
            }
            co_await changed.wait();
        }
    }

    static bool is_older(const json::value& a, const json::value& b) {
        return json_string(a, {"status", "enrollment", "requestedAt"}) <
               json_string(b, {"status", "enrollment", "requestedAt"});
    }

    /// Answers for good if the Device's object says how it ended.
    bool settled(const json::value& object, const EnrollRequest& request) {
        const fleet::Device device = fleet::device_from_json(object);
        if (device.approval == fleet::Approval::Rejected || device.meta.deleting) {
            return refuse("the Device is rejected or being deleted"), true;
        }
        // A certificate for another key is an earlier one; the controller is about to replace it.
        if (!device.identity || device.identity->public_key_sha256 != request.public_key_sha256) return false;
        const auto chain = chain_of(device.identity->certificate);
        if (chain.empty()) return refuse("the certificate in status.identity cannot be read"), true;
        record("enrolled", object);
        enrollment_.count_issued();
        log_info("device enrolled",
                 {{"device", device.meta.ns + "/" + device.meta.name}, {"address", channel_.address()}});
        const std::vector<Bytes> views(chain.begin(), chain.end());
        proto::Enrolled issued;
        issued.outcome = proto::EnrollOutcome::issued;
        issued.chain = std::span<const Bytes>(views);
        issued.namespace_name = device.meta.ns;
        issued.device_name = device.meta.name;
        issued.uid = device.meta.uid;
        answer(issued);
        return true;
    }

    void refuse(std::string_view reason) {
        enrollment_.with().metrics.refusals.note(Refusal::enrollment, channel_.address(), reason);
        proto::Enrolled refused;
        refused.outcome = proto::EnrollOutcome::refused;
        refused.reason = reason;
        answer(refused);
    }

    void ask_again(std::uint32_t seconds, std::string_view reason) {
        ++enrollment_.with().metrics.enrollments_deferred;
        log_info("enrollment waits", {{"address", channel_.address()}, {"reason", reason}});
        proto::Enrolled pending;
        pending.outcome = proto::EnrollOutcome::pending;
        pending.reason = reason;
        pending.retry_seconds = seconds;
        answer(pending);
    }

    /// The connection stays open for the certificate.
    void answer_pending() {
        proto::Enrolled pending;
        pending.outcome = proto::EnrollOutcome::pending;
        answer(pending);
    }

    void answer(const proto::Enrolled& enrolled) {
        link_.answer(enrolled);
        pump();
    }

    void pump() {
        const Instant now = link_now();
        while (channel_.writable()) {
            const Bytes output = link_.poll_output(now);
            if (output.empty()) break;
            channel_.send(output);
            link_.consumed(output.size());
        }
        if (link_.closed() != link::CloseReason::none) return channel_.close(link::close_reason_name(link_.closed()));
        if (const Instant due = link_.next_deadline(); due != kNever) {
            channel_.set_deadline(std::chrono::milliseconds((due - now).ms));
        }
    }

    void record(std::string_view state, const json::value& device) {
        const kube::ObjectKey key = kube::key_of(device);
        const json::object members{
            {"state", state}, {"address", channel_.address()}, {"cipher", channel_.peer().cipher}};
        RecordBatch batch{
            std::make_shared<RecordSource>(key.ns, key.name, std::string(json_string(device, {"metadata", "uid"}))),
            WallClock::now()};
        batch.add_json(RecordKind::session, "", json::serialize(members));
        (void)enrollment_.with().records.append(std::move(batch));
    }

    Enrollment& enrollment_;
    DeviceChannel& channel_;
    std::shared_ptr<EnrollHandler*> handle_;
    link::EnrollGateway link_;
};

}  // namespace

std::unique_ptr<DeviceHandler> Enrollment::open(DeviceChannel& channel) {
    return std::make_unique<EnrollHandler>(*this, channel);
}

}  // namespace wasmbed::gateway
