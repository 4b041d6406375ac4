// As much of MQTT 3.1.1 as a publisher with QoS 1 needs.
#include <vector>

#include "bench/gateway/speakers.hpp"

namespace wasmbed::bench {
namespace {

// Control packet types with their flags, first byte of a packet (section 2.2.1).
constexpr std::uint8_t kConnect = 0x10;
constexpr std::uint8_t kConnack = 0x20;
constexpr std::uint8_t kPublishQos1 = 0x32;
constexpr std::uint8_t kPuback = 0x40;
/// CONNACK and PUBACK both have two bytes behind the fixed header.
constexpr std::size_t kAnswerBytes = 4;

class MqttSpeaker final : public Speaker {
  public:
    explicit MqttSpeaker(std::string client_id) : client_id_(std::move(client_id)) {}

    void connected() override {
        // Protocol level 4, clean session, no keep-alive (section 3.1).
        std::vector<std::uint8_t> body{0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0};
        append_text(body, client_id_);
        append_packet(kConnect, body);
    }

    void received(Bytes plaintext) override {
        input_.insert(input_.end(), plaintext.begin(), plaintext.end());
        std::size_t at = 0;
        for (; input_.size() - at >= kAnswerBytes; at += kAnswerBytes) {
            if (input_[at] == kConnack) ready_ = input_[at + 3] == 0;
            if (input_[at] == kPuback) ++acknowledged_;
        }
        input_.erase(input_.begin(), input_.begin() + std::ptrdiff_t(at));
    }

    Bytes output() override { return Bytes{output_}.subspan(sent_); }
    void consumed(std::size_t bytes) override {
        sent_ += bytes;
        if (sent_ < output_.size()) return;
        output_.clear();
        sent_ = 0;
    }
    bool ready() const override { return ready_; }
    std::uint64_t acknowledged() const override { return acknowledged_; }

    void offer(std::size_t window) override {
        static constexpr std::string_view kText = "measured: 21.5 degrees, humid 40";
        for (; made_ - acknowledged_ < window; ++made_) {
            std::vector<std::uint8_t> body;
            append_text(body, "m/" + client_id_);
            const auto id = static_cast<std::uint16_t>(made_ % 65535 + 1);
            body.push_back(static_cast<std::uint8_t>(id >> 8));
            body.push_back(static_cast<std::uint8_t>(id));
            body.insert(body.end(), kText.begin(), kText.end());
            append_packet(kPublishQos1, body);
        }
    }

  private:
    static void append_text(std::vector<std::uint8_t>& out, const std::string& text) {
        out.push_back(static_cast<std::uint8_t>(text.size() >> 8));
        out.push_back(static_cast<std::uint8_t>(text.size()));
        out.insert(out.end(), text.begin(), text.end());
    }
    /// Bodies here are below 128 bytes, so their length is one byte (section 2.2.3).
    void append_packet(std::uint8_t type, const std::vector<std::uint8_t>& body) {
        output_.push_back(type);
        output_.push_back(static_cast<std::uint8_t>(body.size()));
        output_.insert(output_.end(), body.begin(), body.end());
    }

    std::string client_id_;
    std::vector<std::uint8_t> input_, output_;
    std::size_t sent_ = 0;
    std::uint64_t made_ = 0, acknowledged_ = 0;
    bool ready_ = false;
};

}  // namespace

std::unique_ptr<Speaker> make_mqtt_speaker(const std::string& client_id) {
    return std::make_unique<MqttSpeaker>(client_id);
}

}  // namespace wasmbed::bench
