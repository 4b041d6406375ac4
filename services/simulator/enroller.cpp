#include "services/simulator/enroller.hpp"

#include <fmt/format.h>

#include "core/link/enroll.hpp"
#include "host/base/task_group.hpp"
#include "host/kube/informer.hpp"
#include "host/pki/certificate.hpp"
#include "host/pki/csr.hpp"
#include "host/pki/encoding.hpp"
#include "services/simulator/identities.hpp"

namespace wasmbed::simulator {
namespace {

/// For the controller to make a token, and for an enrollment to be answered.
constexpr std::chrono::seconds kPatience{120};

struct Token {
    std::string id;
    std::vector<std::uint8_t> secret;
};

/// One enrollment connection, driven by its socket's callbacks; a coroutine waits for the outcome.
class Enrollment final : private link::EnrollDevice::Events {
  public:
    Enrollment(Fleet& fleet, std::string name, const Token& token, const pki::PrivateKey& key)
        : fleet_(fleet),
          name_(std::move(name)),
          token_(token),
          csr_(pki::make_csr(key, "simulated").value_or(std::vector<std::uint8_t>{})),
          request_{.name = name_,
                   .hardware_id = hardware_id_,
                   .token_id = token_.id,
                   .token = token_.secret,
                   .csr = csr_,
                   .board = "sim"},
          changed_(fleet.io()) {}
    ~Enrollment() {
        if (socket_) socket_->close(true);
    }

    /// The certificate chain as PEM and the uid, or why not.
    Task<Result<std::pair<std::string, std::string>, std::string>> run(const std::string& gateway) {
        socket_ = TlsSocket::connect(fleet_.io(), gateway, fleet_.make_ssl("wasmbed-enroll/1"),
                                     {.opened = [this] { opened(); },
                                      .received = [this](Bytes bytes) { received(bytes); },
                                      .writable = [this] { pump(); },
                                      .closed = [this](const std::string& why) { ended(why); }});
        while (!over_) co_await changed_.wait();
        if (!chain_.empty()) co_return std::pair{chain_, uid_};
        co_return fail(why_.empty() ? std::string("no answer") : why_);
    }

  private:
    void on_enrolled(const proto::Enrolled& enrolled) override {
        if (enrolled.outcome == proto::EnrollOutcome::refused) return ended("refused: " + std::string(enrolled.reason));
        for (const Bytes der : enrolled.chain) {
            if (const auto certificate = pki::Certificate::from_der(der)) chain_ += certificate->to_pem();
        }
        uid_ = enrolled.uid;
        if (!chain_.empty()) ended("");
        if (enrolled.retry_seconds) ended("the gateway asks to come again later");
    }
    void opened() {
        link_ = std::make_unique<link::EnrollDevice>(Fleet::now(), request_, receive_, send_,
                                                     static_cast<link::EnrollDevice::Events&>(*this));
        pump();
    }
    void received(Bytes bytes) {
        link_->on_bytes(Fleet::now(), bytes);
        pump();
    }
    void pump() {
        for (;;) {
            const Bytes output = link_->poll_output(Fleet::now());
            if (output.empty()) return;
            const std::size_t written = socket_->write(output);
            if (over_ || written == 0) return;
            link_->consumed(written);
        }
    }
    void ended(const std::string& why) {
        if (over_) return;
        over_ = true;
        why_ = why;
        changed_.notify_all();
    }

    Fleet& fleet_;
    std::string name_;
    const Token& token_;
    std::vector<std::uint8_t> csr_;
    std::array<std::uint8_t, 4> hardware_id_{'s', 'i', 'm', '0'};
    proto::Enroll request_;
    std::array<std::uint8_t, 8192> receive_;
    std::array<std::uint8_t, 2048> send_;
    std::unique_ptr<link::EnrollDevice> link_;
    std::shared_ptr<TlsSocket> socket_;
    Notifier changed_;
    bool over_ = false;
    std::string why_, chain_, uid_;
};

/// The state that the workers share.
struct Work {
    kube::Client& client;
    Fleet& fleet;
    const EnrollOptions& options;
    std::function<void(std::size_t)> progress;
    kube::Informer secrets;
    Notifier secret_came;
    std::map<std::string, Token> tokens;  ///< by name of the Device
    std::size_t next = 0, done = 0, working = 0;
    std::string error;
    Notifier finished;
};

std::string name_of(const EnrollOptions& options, std::size_t index) {
    return fmt::format("{}-{:05}", options.prefix, options.first + index);
}

void note_secret(Work& work, const json::value& secret) {
    constexpr std::string_view kPrefix = "enrollment-";
    const std::string_view name = json_string(secret, {"metadata", "name"});
    auto token = pki::from_base64(json_string(secret, {"data", "token"}));
    if (!token || !name.starts_with(kPrefix)) return;
    const std::string device{json_string(secret, {"metadata", "labels", "wasmbed.io/device"})};
    work.tokens[device] = {std::string(name.substr(kPrefix.size())), std::move(*token)};
    work.secret_came.notify_all();
}

Task<Result<void, std::string>> create_device(Work& work, std::string name) {
    json::value device{{"apiVersion", kube::kDevices.api_version()},
                       {"kind", kube::kDevices.kind},
                       {"metadata", {{"name", name}, {"labels", {{"wasmbed.io/simulated", "true"}}}}},
                       {"spec", {{"board", "sim"}}}};
    const auto made = co_await work.client.create(kube::kDevices, work.options.ns, std::move(device));
    if (!made && !made.error().already_exists()) co_return fail(made.error().message);
    co_return Result<void, std::string>{};
}

Task<Result<void, std::string>> enroll_one(Work& work, std::size_t index) {
    const std::string name = name_of(work.options, index);
    if (auto made = co_await create_device(work, name); !made) co_return made;
    const auto give_up = SteadyClock::now() + kPatience;
    while (!work.tokens.contains(name)) {
        if (SteadyClock::now() > give_up) co_return fail("the controller made no token for Device " + name);
        co_await work.secret_came.wait();
    }
    const auto key = pki::PrivateKey::generate();
    if (!key) co_return fail(key.error().message);
    const auto& gateways = work.fleet.settings().gateways;
    Enrollment enrollment{work.fleet, work.options.ns + "/" + name, work.tokens[name], *key};
    auto issued = co_await enrollment.run(gateways[index % gateways.size()]);
    if (!issued) co_return fail("Device " + name + ": " + issued.error());
    const std::string line = identity_line(issued->second, issued->first, key->to_pem());
    co_return append_identities(work.options.identities, {line});
}

Task<> work_on(Work& work) {
    ++work.working;
    while (work.error.empty() && work.next < work.options.count) {
        const std::size_t index = work.next++;
        auto done = co_await enroll_one(work, index);
        if (!done && work.error.empty()) work.error = done.error();
        if (done) work.progress(++work.done);
    }
    --work.working;
    work.finished.notify_all();
}

/// Wakes those that wait for tokens now and then, so that they find out when to give up.
Task<> keep_awake(Work& work) {
    for (;;) {
        co_await sleep_for(std::chrono::seconds(1));
        work.secret_came.notify_all();
    }
}

}  // namespace

Task<Result<void, std::string>> enroll(kube::Client& client, Fleet& fleet, EnrollOptions options,
                                       std::function<void(std::size_t)> progress) {
    Work work{.client = client,
              .fleet = fleet,
              .options = options,
              .progress = std::move(progress),
              .secrets = kube::Informer(client, kube::kSecrets, options.ns),
              .secret_came = Notifier(client.io()),
              .tokens = {},
              .error = {},
              .finished = Notifier(client.io())};
    work.secrets.on_change([&work](const kube::ObjectKey&, const kube::ObjectPtr&, const kube::ObjectPtr& after) {
        if (after) note_secret(work, *after);
    });
    TaskGroup tasks{client.io()};
    tasks.spawn("informer secrets", work.secrets.run());
    tasks.spawn("keep awake", keep_awake(work));
    co_await work.secrets.wait_synced();
    for (std::size_t i = 0; i < options.parallel; ++i) tasks.spawn("enroll", work_on(work));
    while (work.working != 0) co_await work.finished.wait();
    co_await tasks.stop();
    if (!work.error.empty()) co_return fail(work.error);
    co_return Result<void, std::string>{};
}

}  // namespace wasmbed::simulator
