#include <charconv>

#include "libs/base/encoding.h"
#include "libs/base/error.h"
#include "libs/pg/pg.h"
#include "libs/pg/result_set.h"

namespace centralita::pg {
namespace {

Error misread(const ResultSet& result, std::string_view column, std::string_view wrong) {
  return {Code::kInternal, "COLUMN_MISREAD",
          "Column " + std::string(column) + " of statement " + result.statement + " " + std::string(wrong) + "."};
}

pqxx::field field(const ResultSet& result, int row, std::string_view column) {
  const auto columns = result.rows.columns();
  for (pqxx::row_size_type i = 0; i < columns; ++i)
    if (column == result.rows.column_name(i)) return result.rows[row][i];
  throw misread(result, column, "is not returned");
}

}  // namespace

int Rows::size() const { return static_cast<int>(result_->rows.size()); }
int Rows::changed() const { return static_cast<int>(result_->rows.affected_rows()); }

Row::Row(const Rows& rows, int index) : result_(rows.result_), index_(index) {}

std::optional<std::string_view> Row::raw(std::string_view column) const {
  const auto value = field(*result_, index_, column);
  if (value.is_null()) return std::nullopt;
  return std::string_view(value.c_str(), value.size());
}

template <class T>
T Row::parsed(std::string_view column) const {
  const auto text = raw(column);
  T value{};
  if (!text) return value;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size()) throw misread(*result_, column, "is no number");
  return value;
}

std::string Row::text(std::string_view column) const { return std::string(raw(column).value_or("")); }
int64_t Row::number(std::string_view column) const { return parsed<int64_t>(column); }
double Row::real(std::string_view column) const { return parsed<double>(column); }
bool Row::is_null(std::string_view column) const { return !raw(column); }

bool Row::flag(std::string_view column) const {
  const auto value = raw(column).value_or("f");
  if (value != "t" && value != "f") throw misread(*result_, column, "is no boolean");
  return value == "t";
}

std::string Row::bytes(std::string_view column) const {
  const auto value = raw(column);
  if (!value) return {};
  auto bytes = value->starts_with("\\x") ? from_hex(value->substr(2)) : std::nullopt;
  if (!bytes) throw misread(*result_, column, "is no bytea");
  return *std::move(bytes);
}

std::optional<Time> Row::maybe_time(std::string_view column) const {
  const auto value = raw(column);
  if (!value) return std::nullopt;
  const auto time = parse_time(*value);
  if (!time) throw misread(*result_, column, "is no timestamptz");
  return time;
}

Time Row::time(std::string_view column) const {
  const auto time = maybe_time(column);
  if (!time) throw misread(*result_, column, "is NULL");
  return *time;
}

std::vector<std::string> Row::array(std::string_view column) const {
  const auto value = field(*result_, index_, column);
  std::vector<std::string> values;
  if (value.is_null()) return values;
  auto parser = value.as_array();
  using Juncture = pqxx::array_parser::juncture;
  for (auto [what, text] = parser.get_next(); what != Juncture::done; std::tie(what, text) = parser.get_next()) {
    if (what == Juncture::null_value) throw misread(*result_, column, "holds NULL");
    if (what == Juncture::string_value) values.push_back(std::move(text));
  }
  return values;
}

}  // namespace centralita::pg
