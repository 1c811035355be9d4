#include "cli/csv_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <zlib.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/text_input.h"

namespace tessera::cli {
namespace {

// "1:a|b 3:c" for records at lines 1 and 3; "!" for a broken one.
std::string records(std::string_view bytes, CsvOptions options = {}) {
  CsvReader reader(TextInput::of(std::string(bytes)), options);
  CsvRecord record;
  std::string out;
  while (true) {
    const auto any = reader.next(record);
    if (!any) return out + " error: " + any.error().message;
    if (!*any) return out;
    if (!out.empty()) out += ' ';
    out += std::to_string(record.line) + ":" + (record.problem.empty() ? "" : "!");
    for (std::size_t i = 0; i < record.fields.size(); ++i) out += (i > 0 ? "|" : "") + record.fields[i];
  }
}

TEST(CsvReader, ReadsFieldsAndLines) {
  EXPECT_EQ(records("a,b\nc,d\n"), "1:a|b 2:c|d");
  EXPECT_EQ(records("a,b\r\nc,d"), "1:a|b 2:c|d");
  EXPECT_EQ(records("a,b\rc,d\r"), "1:a|b 2:c|d");
  EXPECT_EQ(records("a,,\n,,b\n"), "1:a|| 2:||b");
  EXPECT_EQ(records(""), "");
  EXPECT_EQ(records("a;b\tc", {.delimiter = '\t'}), "1:a;b|c");
}

TEST(CsvReader, QuotedFieldsMayHoldAnything) {
  EXPECT_EQ(records("\"a,1\",\"say \"\"hi\"\"\"\n"), "1:a,1|say \"hi\"");
  EXPECT_EQ(records("a\"b,c\n"), "1:a\"b|c");
  EXPECT_EQ(records("'a,1',b\n", {.quote = '\''}), "1:a,1|b");
}

TEST(CsvReader, LineNumbersCountLineEndsInsideQuotes) {
  EXPECT_EQ(records("\"x\ny\",1\nb,2\n\n\r\nc,3\n"), "1:x\ny|1 3:b|2 6:c|3");
}

TEST(CsvReader, SkipsByteOrderMarkAndEmptyLines) {
  EXPECT_EQ(records("\xEF\xBB\xBF"
                    "a\n\n\"\"\nb\n"),
            "1:a 3: 4:b");
}

TEST(CsvReader, TellsBrokenRecordsAndGoesOn) {
  EXPECT_EQ(records("\"a\"x,b\nc,d\n"), "1:!ax|b 2:c|d");
  EXPECT_EQ(records("a,b\n\"never ends,c\nd"), "1:a|b 2:!never ends,c\nd");
}

TEST(CsvReader, RefusesUtf16AndEndlessRecords) {
  EXPECT_TRUE(records(std::string_view("\xFF\xFE"
                                       "a\0",
                                       4))
                  .contains("UTF-16"));
  EXPECT_TRUE(records("a\n\"" + std::string(17 << 20, 'x')).contains("begins in line 2 does not end within 16 MB"));
}

TEST(CsvReader, ReadsGzip) {
  const std::string path = ::testing::TempDir() + "csv_reader_test.csv.gz";
  const gzFile file = gzopen(path.c_str(), "wb");
  gzputs(file, "a,b\nc,d\n");
  gzclose(file);
  CsvReader reader(*TextInput::open(path), {});
  CsvRecord record;
  ASSERT_TRUE(*reader.next(record));
  EXPECT_EQ(record.fields, (std::vector<std::string>{"a", "b"}));
}

TEST(TextInput, TellsACutGzipFile) {
  const std::string path = ::testing::TempDir() + "cut.csv.gz";
  const gzFile file = gzopen(path.c_str(), "wb");
  for (int i = 0; i < 20'000; ++i) gzputs(file, std::to_string(i * 7919).c_str());
  gzclose(file);
  std::string bytes(1000, '\0');
  std::ifstream(path, std::ios::binary).read(bytes.data(), 1000);
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  const auto input = TextInput::open(path);
  ASSERT_TRUE(input);
  Result<std::string_view> piece = (*input)->read();
  while (piece && !piece->empty()) piece = (*input)->read();
  ASSERT_FALSE(piece);
  EXPECT_EQ(piece.error().code, Code::kDataLoss);
}

TEST(CsvReader, ReadsBackWhatWasQuoted) {
  EXPECT_TRUE(rc::check([](const std::vector<std::vector<std::string>>& rows) {
    std::string bytes;
    for (const auto& row : rows) {
      for (std::size_t i = 0; i < row.size(); ++i) {
        bytes += i > 0 ? ",\"" : "\"";
        for (const char c : row[i]) bytes += c == '"' ? std::string("\"\"") : std::string(1, c);
        bytes += '"';
      }
      bytes += '\n';
    }
    CsvReader reader(TextInput::of(std::string(bytes)), {});
    CsvRecord record;
    for (const auto& row : rows) {
      if (row.empty()) continue;  // an empty line
      RC_ASSERT(*reader.next(record));
      RC_ASSERT(record.fields == row);
      RC_ASSERT(record.problem.empty());
    }
    RC_ASSERT(!*reader.next(record));
  }));
}

}  // namespace
}  // namespace tessera::cli
