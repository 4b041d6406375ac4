#include "host/cli/table.hpp"

#include <algorithm>
#include <ostream>

namespace wasmbed::cli {
namespace {

constexpr std::size_t kPadding = 3;  // kubectl: printers.GetNewTabWriter

std::string upper(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return out;
}

std::string cell_text(const json::value& cell) {
    if (cell.is_null()) return "<none>";
    if (!cell.is_string()) return json::serialize(cell);
    // A cell is one line: kubectl cuts at the first line break too.
    const std::string_view text(cell.get_string());
    const std::size_t end = text.find_first_of("\r\n");
    return end == std::string_view::npos ? std::string(text) : std::string(text.substr(0, end)) + "...";
}

void print_line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths, std::ostream& out) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
        out << cells[i];
        if (i + 1 < cells.size()) out << std::string(widths[i] + kPadding - std::min(widths[i], cells[i].size()), ' ');
    }
    out << "\n";
}

}  // namespace

void TablePrinter::take_columns(const json::value& table) {
    const json::array* definitions = json_array(table, {"columnDefinitions"});
    if (!definitions || !columns_.empty()) return;
    for (std::size_t i = 0; i < definitions->size(); ++i) {
        const json::value& definition = (*definitions)[i];
        if (json_int(definition, {"priority"}) > 0 && !format_.wide) continue;
        columns_.push_back({i, upper(json_string(definition, {"name"}))});
    }
    widths_.assign(columns_.size() + (format_.with_namespace ? 1 : 0), 0);
}

std::vector<std::string> TablePrinter::row_cells(const json::value& row) const {
    std::vector<std::string> line;
    if (format_.with_namespace) line.emplace_back(json_string(row, {"object", "metadata", "namespace"}));
    const json::array* cells = json_array(row, {"cells"});
    for (const Column& column : columns_)
        line.push_back(cells && column.index < cells->size() ? cell_text((*cells)[column.index]) : "");
    return line;
}

void TablePrinter::print(const json::value& table, std::ostream& out) {
    take_columns(table);
    std::vector<std::vector<std::string>> lines;
    if (!header_printed_ && format_.with_header) {
        std::vector<std::string>& header = lines.emplace_back();
        if (format_.with_namespace) header.emplace_back("NAMESPACE");
        for (const Column& column : columns_) header.push_back(column.title);
        header_printed_ = true;
    }
    if (const json::array* rows = json_array(table, {"rows"})) {
        for (const json::value& row : *rows) lines.push_back(row_cells(row));
    }
    for (const auto& line : lines) {
        for (std::size_t i = 0; i < line.size() && i < widths_.size(); ++i)
            widths_[i] = std::max(widths_[i], line[i].size());
    }
    for (const auto& line : lines) print_line(line, widths_, out);
    out.flush();
}

}  // namespace wasmbed::cli
