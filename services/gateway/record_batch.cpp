#include "services/gateway/record_batch.hpp"

#include <algorithm>

#include "core/base/endian.hpp"
#include "core/proto/codec.hpp"
#include "core/proto/names.hpp"
#include "host/base/json.hpp"
#include "host/pki/encoding.hpp"

namespace wasmbed::gateway {
namespace {

constexpr std::array<std::string_view, 7> kKindNames{"log",    "event", "dropped",  "session",
                                                     "report", "fetch", "heartbeat"};

// An entry: kind with kJsonFlag, size of the app's name, size of the content (4 bytes, little-endian), name, content.
constexpr std::uint8_t kJsonFlag = 0x80;
constexpr std::size_t kEntryHeadBytes = 6;
constexpr std::size_t kAppBytesMax = 255;

void append_head(json::object& line, const proto::StreamHead& head) {
    line["bootId"] = pki::to_hex(head.boot_id);
    line["seq"] = head.seq;
    line["uptimeMs"] = head.uptime_ms;
}

/// Decodes the body of a stream message that was checked when it came.
template <class M>
M decoded(std::string_view body) {
    const proto::Envelope envelope{.id = 0, .type = proto::Wire<M>::kType, .body = bytes_of(body), .body_offset = 0};
    return proto::decode<M>(envelope).value_or(M{});
}

void append_message(json::object& line, const RecordEntry& entry) {
    switch (entry.kind) {
        case RecordKind::log: {
            const auto log = decoded<proto::Log>(entry.content);
            append_head(line, log.head);
            line["level"] = log_level_name(log.level);
            line["app"] = entry.app;
            line["text"] = log.text;
            break;
        }
        case RecordKind::event: {
            const auto event = decoded<proto::Event>(entry.content);
            append_head(line, event.head);
            line["event"] = proto::event_kind_name(event.kind);
            line["app"] = entry.app;
            line["index"] = event.index;
            line["value"] = event.value;
            line["text"] = event.text;
            break;
        }
        case RecordKind::dropped: {
            const auto dropped = decoded<proto::Dropped>(entry.content);
            append_head(line, dropped.head);
            line["count"] = dropped.count;
            break;
        }
        default:
            break;
    }
}

std::uint64_t seq_of(const RecordEntry& entry) {
    switch (entry.kind) {
        case RecordKind::log:
            return decoded<proto::Log>(entry.content).head.seq;
        case RecordKind::event:
            return decoded<proto::Event>(entry.content).head.seq;
        case RecordKind::dropped:
            return decoded<proto::Dropped>(entry.content).head.seq;
        default:
            return 0;
    }
}

}  // namespace

std::string_view record_kind_name(RecordKind kind) {
    return std::size_t(kind) < kKindNames.size() ? kKindNames[std::size_t(kind)] : "unknown";
}

std::optional<RecordKind> record_kind_of(std::string_view name) {
    const auto found = std::ranges::find(kKindNames, name);
    if (found == kKindNames.end()) return std::nullopt;
    return RecordKind(found - kKindNames.begin());
}

RecordBatch::RecordBatch(RecordSourcePtr source, WallClock::time_point time)
    : source_(std::move(source)), time_(time) {}

RecordBatch RecordBatch::stored(RecordSourcePtr source, WallClock::time_point time, std::size_t count,
                                std::string entries) {
    RecordBatch batch{std::move(source), time};
    batch.count_ = count;
    batch.entries_ = std::move(entries);
    return batch;
}

void RecordBatch::add_json(RecordKind kind, std::string_view app, std::string_view members) {
    add(kind, true, app, members);
}

void RecordBatch::add_message(RecordKind kind, std::string_view app, const proto::StreamHead& head, Bytes body) {
    if (!boot_) {
        boot_ = head.boot_id;
        first_seq_ = head.seq;
    }
    last_seq_ = head.seq;
    add(kind, false, app, text_of(body));
}

void RecordBatch::add(RecordKind kind, bool is_json, std::string_view app, std::string_view content) {
    app = app.substr(0, kAppBytesMax);
    std::array<std::uint8_t, kEntryHeadBytes> head;
    head[0] = static_cast<std::uint8_t>(unsigned(kind) | (is_json ? kJsonFlag : 0U));
    head[1] = static_cast<std::uint8_t>(app.size());
    store_le32(head.data() + 2, static_cast<std::uint32_t>(content.size()));
    // The first entry is often the only one.
    if (entries_.empty()) entries_.reserve(head.size() + app.size() + content.size());
    entries_.append(reinterpret_cast<const char*>(head.data()), head.size());
    entries_.append(app);
    entries_.append(content);
    ++count_;
}

bool RecordBatch::take(std::string_view& rest, RecordEntry& entry) {
    if (rest.size() < kEntryHeadBytes) return false;
    const auto* head = reinterpret_cast<const std::uint8_t*>(rest.data());
    const std::size_t app = head[1];
    const std::size_t content = load_le32(head + 2);
    if (rest.size() - kEntryHeadBytes < app + content) return false;
    entry.kind = RecordKind(head[0] & ~kJsonFlag);
    entry.is_json = (head[0] & kJsonFlag) != 0;
    entry.app = rest.substr(kEntryHeadBytes, app);
    entry.content = rest.substr(kEntryHeadBytes + app, content);
    rest.remove_prefix(kEntryHeadBytes + app + content);
    return true;
}

RecordBatch RecordBatch::after(std::uint64_t seq) const {
    RecordBatch rest{source_, time_};
    rest.boot_ = boot_;
    rest.first_seq_ = std::max(first_seq_, seq + 1);
    rest.last_seq_ = last_seq_;
    each([&](const RecordEntry& entry) {
        if (entry.is_json || seq_of(entry) > seq) rest.add(entry.kind, entry.is_json, entry.app, entry.content);
    });
    return rest;
}

std::string RecordBatch::to_json(const RecordEntry& entry) const {
    json::object line{
        {"time", rfc3339_micro(time_)}, {"device", source_->device}, {"kind", record_kind_name(entry.kind)}};
    if (!entry.is_json) {
        append_message(line, entry);
        return json::serialize(line);
    }
    // The members stand behind those of every line, without being parsed again.
    std::string text = json::serialize(line);
    if (entry.content.size() <= 2) return text;
    text.back() = ',';
    return text.append(entry.content.substr(1));
}

}  // namespace wasmbed::gateway
