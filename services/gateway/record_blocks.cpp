// The blocks of RecordDatabase: from the journal into them, out of them for readers, and their limits.
#include <algorithm>
#include <set>

#include "services/gateway/record_database.hpp"

namespace wasmbed::gateway {
namespace {

using store::StoreResult;

/// A block is at most this, so that a device can be cut back in small steps.
constexpr std::size_t kBlockRecordsMax = 256;
constexpr std::size_t kBlockBytesMax = 64 * 1024;
/// A device is cut back to its limit when it is over it by this part.
constexpr std::int64_t kPruneSlack = 10;
/// Oldest blocks that go at once while the file is over its limit.
constexpr std::int64_t kPruneBlocks = 64;
constexpr int kPruneStepsMax = 1000;

/// `app` as it stands in a block's list of them.
std::string listed(std::string_view app) {
    return "|" + std::string(app) + "|";
}

}  // namespace

// ---- from the journal into blocks

StoreResult<void> RecordDatabase::tidy() {
    if (pending_bytes_ < limits_.pending_bytes_max || pending_.empty()) return {};
    auto transaction = store::Transaction::begin(db_);
    if (!transaction) return fail(transaction.error());
    if (auto done = write_blocks(); !done) return done;
    if (auto done = write_heads(); !done) return done;
    if (auto done = db_.execute("DELETE FROM journal"); !done) return done;
    if (auto done = prune_file(); !done) return done;
    if (auto done = transaction->commit(); !done) return done;
    ++generation_;
    pending_.clear();
    forgotten_.clear();
    pending_heads_.clear();
    pending_bytes_ = 0;
    return {};
}

StoreResult<void> RecordDatabase::write_blocks() {
    std::map<std::int64_t, std::vector<Section>> by_device;
    for (const std::string_view row : pending_) {
        std::string_view rest = row;
        Section section;
        while (take_section(rest, section)) {
            if (!forgotten_.contains(section.device)) by_device[section.device].push_back(section);
        }
    }
    for (auto& [device, sections] : by_device) {
        std::size_t first = 0, records = 0, bytes = 0;
        std::int64_t added = 0;
        for (std::size_t i = 0; i < sections.size(); ++i) {
            records += sections[i].records;
            bytes += sections[i].entries.size();
            added += std::int64_t(sections[i].records);
            if (records < kBlockRecordsMax && bytes < kBlockBytesMax && i + 1 < sections.size()) continue;
            if (auto done = write_block(std::span(sections).subspan(first, i + 1 - first)); !done) return done;
            first = i + 1;
            records = bytes = 0;
        }
        if (auto done = prune_device(device, added); !done) return done;
    }
    return {};
}

StoreResult<void> RecordDatabase::write_block(std::span<const Section> sections) {
    std::string content;
    std::set<std::string, std::less<>> apps;
    std::int64_t records = 0;
    std::uint32_t kinds = 0;
    for (const Section& section : sections) {
        content.append(section.whole);
        records += std::int64_t(section.records);
        RecordBatch::each_of(section.entries, [&](const RecordEntry& entry) {
            kinds |= RecordFilter::bit(entry.kind);
            if (!entry.app.empty() && !apps.contains(entry.app)) apps.emplace(entry.app);
        });
    }
    std::string list;
    for (const std::string& app : apps) list += listed(app);
    const Section& last = sections.back();
    auto insert = db_.prepare(
        "INSERT INTO blocks (device, generation, last_id, records, kinds, apps, sections) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    if (!insert) return fail(insert.error());
    insert->bind(1, last.device).bind(2, generation_);
    insert->bind(3, last.first_id + std::int64_t(last.records) - 1).bind(4, records);
    return insert->bind(5, std::int64_t(kinds)).bind(6, list).bind(7, bytes_of(content)).run();
}

StoreResult<void> RecordDatabase::write_heads() {
    auto upsert = db_.prepare(
        "INSERT INTO streams (device, boot_id, seq, used) VALUES (?1, ?2, ?3, ?4) "
        "ON CONFLICT DO UPDATE SET seq = excluded.seq, used = excluded.used");
    if (!upsert) return fail(upsert.error());
    auto remove = db_.prepare(
        "DELETE FROM streams WHERE device = ?1 AND boot_id NOT IN (SELECT boot_id FROM streams "
        "WHERE device = ?1 ORDER BY used DESC LIMIT ?2)");
    if (!remove) return fail(remove.error());
    for (const auto& [stream, head] : pending_heads_) {
        upsert->bind(1, stream.first).bind(2, Bytes{stream.second}).bind(3, std::int64_t(head.seq)).bind(4, head.id);
        if (auto done = upsert->run(); !done) return done;
        if (auto done = remove->bind(1, stream.first).bind(2, limits_.boots_per_device_max).run(); !done) return done;
    }
    return {};
}

StoreResult<void> RecordDatabase::prune_device(std::int64_t device, std::int64_t added) {
    std::int64_t& since = added_since_prune_[device];
    since += added;
    if (since <= limits_.records_per_device_max / kPruneSlack) return {};
    since = 0;
    // The newest block with which those behind it reach the limit, and all before it.
    auto remove = db_.prepare(
        "DELETE FROM blocks WHERE device = ?1 AND id <= (SELECT max(id) FROM (SELECT id, sum(records) OVER "
        "(ORDER BY id DESC) - records AS newer FROM blocks WHERE device = ?1) WHERE newer >= ?2)");
    if (!remove) return fail(remove.error());
    return remove->bind(1, device).bind(2, limits_.records_per_device_max).run();
}

StoreResult<void> RecordDatabase::prune_file() {
    const auto page = pragma("page_size");
    if (!page) return fail(page.error());
    for (int step = 0; step < kPruneStepsMax; ++step) {
        const auto pages = pragma("page_count");
        const auto unused = pragma("freelist_count");
        if (!pages || !unused) return fail(pages ? unused.error() : pages.error());
        if (std::uint64_t(*pages - *unused) * std::uint64_t(*page) <= limits_.file_bytes_max) return {};
        auto remove = db_.prepare("DELETE FROM blocks WHERE id IN (SELECT id FROM blocks ORDER BY id LIMIT ?1)");
        if (!remove) return fail(remove.error());
        if (auto done = remove->bind(1, kPruneBlocks).run(); !done) return done;
        if (db_.changes() == 0) return {};
    }
    return {};
}

// ---- reading

struct RecordDatabase::Found {
    std::int64_t id;
    const RecordBatch* batch;
    RecordEntry entry;
};

struct RecordDatabase::Search {
    const RecordFilter& filter;
    std::size_t count;
    std::vector<Found> found{};
    std::vector<RecordBatchPtr> loaded{};

    bool enough() const { return found.size() >= count; }
    void look_into(const Section& section, const RecordSourcePtr& source) {
        if (!filter.matches(section.time)) return;
        const auto batch = std::make_shared<const RecordBatch>(
            RecordBatch::stored(source, section.time, section.records, std::string(section.entries)));
        const std::size_t before = found.size();
        std::int64_t id = section.first_id;
        batch->each([&](const RecordEntry& entry) {
            if (filter.matches(entry.kind, entry.app)) found.push_back({id, batch.get(), entry});
            ++id;
        });
        if (found.size() != before) loaded.push_back(batch);
    }
};

StoreResult<std::vector<std::string>> RecordDatabase::tail(const RecordFilter& filter, std::size_t count) {
    const auto sources = sources_of(filter);
    if (!sources) return fail(sources.error());
    Search search{.filter = filter, .count = count};
    for (auto row = pending_.rbegin(); row != pending_.rend() && !search.enough(); ++row) {
        std::string_view rest = *row;
        Section section;
        while (take_section(rest, section)) {
            if (const auto of = sources->find(section.device); of != sources->end())
                search.look_into(section, of->second);
        }
    }
    if (!search.enough() && filter.device.empty()) {
        if (auto done = search_blocks(search, std::nullopt); !done) return fail(done.error());
    } else if (!search.enough()) {
        for (const auto& [device, _] : *sources) {
            if (auto done = search_blocks(search, device); !done) return fail(done.error());
        }
    }
    std::ranges::sort(search.found, {}, &Found::id);
    const std::size_t skip = search.found.size() - std::min(count, search.found.size());
    std::vector<std::string> lines;
    for (const Found& found : std::span(search.found).subspan(skip)) {
        lines.push_back(found.batch->to_json(found.entry));
    }
    return lines;
}

/// The devices that a filter matches.
StoreResult<RecordDatabase::Sources> RecordDatabase::sources_of(const RecordFilter& filter) {
    auto select =
        db_.prepare("SELECT number, ns, name, uid FROM devices WHERE (?1 = '' OR name = ?1) AND (?2 = '' OR ns = ?2)");
    if (!select) return fail(select.error());
    select->bind(1, filter.device).bind(2, filter.ns);
    Sources sources;
    for (;;) {
        const auto row = select->step();
        if (!row) return fail(row.error());
        if (!*row) return sources;
        sources.emplace(select->integer(0),
                        std::make_shared<RecordSource>(std::string(select->text(1)), std::string(select->text(2)),
                                                       std::string(select->text(3))));
    }
}

/// Newest blocks first. Those of one generation hold records of the same time, so it is looked through as a whole.
StoreResult<void> RecordDatabase::search_blocks(Search& search, std::optional<std::int64_t> device) {
    std::string sql =
        "SELECT b.generation, b.sections, d.uid, d.ns, d.name FROM blocks b JOIN devices d ON d.number = b.device "
        "WHERE (?1 = '' OR d.ns = ?1) AND (?2 = 0 OR (b.kinds & ?2) != 0) AND (?3 = '' OR instr(b.apps, ?3) > 0)";
    if (device) sql += " AND b.device = ?4";
    auto select = db_.prepare(sql + " ORDER BY b.id DESC");
    if (!select) return fail(select.error());
    const std::string app = search.filter.app.empty() ? "" : listed(search.filter.app);
    select->bind(1, search.filter.ns).bind(2, std::int64_t(search.filter.kinds)).bind(3, app);
    if (device) select->bind(4, *device);
    std::int64_t generation = 0;
    for (;;) {
        const auto row = select->step();
        if (!row) return fail(row.error());
        if (!*row || (search.enough() && select->integer(0) != generation)) return {};
        generation = select->integer(0);
        const auto source = std::make_shared<RecordSource>(std::string(select->text(3)), std::string(select->text(4)),
                                                           std::string(select->text(2)));
        std::string_view rest = text_of(select->blob(1));
        Section section;
        while (take_section(rest, section)) search.look_into(section, source);
    }
}

}  // namespace wasmbed::gateway
