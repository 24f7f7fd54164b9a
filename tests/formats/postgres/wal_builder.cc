#include "tests/formats/postgres/wal_builder.h"

#include "engine/base/endian.h"

namespace pulih {
namespace {

template <typename T>
void Put(Bytes& to, T value) {
  const size_t at = to.size();
  to.resize(at + sizeof(T));
  StoreLe<T>(to.data() + at, value);
}

void PutNode(Bytes& to, const RelationNode& node) {
  Put<uint32_t>(to, node.tablespace);
  Put<uint32_t>(to, node.database);
  Put<uint32_t>(to, node.relation);
}

}  // namespace

uint64_t WalBuilder::Add(uint32_t xid, uint8_t rmid, uint8_t info, const Bytes& main, const std::vector<BuiltBlock>& blocks) {
  Bytes record(24);
  for (const BuiltBlock& block : blocks) {
    Put<uint8_t>(record, block.id);
    Put<uint8_t>(record, static_cast<uint8_t>((block.image.empty() ? 0 : 0x10) | (block.data.empty() ? 0 : 0x20) | (block.init ? 0x40 : 0)));
    Put<uint16_t>(record, static_cast<uint16_t>(block.data.size()));
    if (!block.image.empty()) {
      Put<uint16_t>(record, static_cast<uint16_t>(block.image.size()));
      Put<uint16_t>(record, 0);
      Put<uint8_t>(record, 2);  // apply, no hole
    }
    PutNode(record, block.node);
    Put<uint32_t>(record, block.block);
  }
  if (!main.empty()) {
    Put<uint8_t>(record, 254);
    Put<uint32_t>(record, static_cast<uint32_t>(main.size()));
  }
  for (const BuiltBlock& block : blocks) {
    Append(record, block.image);
    Append(record, block.data);
  }
  Append(record, main);
  StoreLe<uint32_t>(record.data(), static_cast<uint32_t>(record.size()));
  StoreLe<uint32_t>(record.data() + 4, xid);
  StoreLe<uint64_t>(record.data() + 8, previous_);
  record[16] = info;
  record[17] = rmid;
  Bytes covered = ToBytes(ByteView(record).subspan(24));
  Append(covered, ByteView(record).first(20));
  StoreLe<uint32_t>(record.data() + 20, PgCrc32c(covered));
  return Lay(record);
}

uint64_t WalBuilder::AddLegacy(uint32_t xid, uint8_t rmid, uint8_t info, const Bytes& main, const std::vector<BuiltBlock>& blocks) {
  Bytes record(32);
  Append(record, main);
  for (const BuiltBlock& block : blocks) {
    info = static_cast<uint8_t>(info | (8 >> block.id));
    PutNode(record, block.node);
    Put<uint32_t>(record, 0);
    Put<uint32_t>(record, block.block);
    Put<uint32_t>(record, 0);
    Append(record, block.image);
  }
  StoreLe<uint32_t>(record.data(), static_cast<uint32_t>(record.size()));
  StoreLe<uint32_t>(record.data() + 4, xid);
  StoreLe<uint32_t>(record.data() + 8, static_cast<uint32_t>(main.size()));
  record[12] = info;
  record[13] = rmid;
  StoreLe<uint64_t>(record.data() + 16, previous_);
  Bytes covered = ToBytes(ByteView(record).subspan(32));
  Append(covered, ByteView(record).first(24));
  StoreLe<uint32_t>(record.data() + 24, PgLegacyCrc32(covered));
  return Lay(record);
}

void WalBuilder::Header(uint32_t rem_len) {
  const bool first = at_ == start_;
  Put<uint16_t>(bytes_, magic_);
  Put<uint16_t>(bytes_, static_cast<uint16_t>((rem_len != 0 ? 1 : 0) | (first ? 2 : 0)));
  Put<uint32_t>(bytes_, 1);
  Put<uint64_t>(bytes_, at_);
  Put<uint32_t>(bytes_, rem_len);
  Put<uint32_t>(bytes_, 0);
  if (first) {
    Put<uint64_t>(bytes_, 7777);
    Put<uint32_t>(bytes_, 16u << 20);
    Put<uint32_t>(bytes_, kWalPageSize);
  }
  at_ = start_ + bytes_.size();
}

uint64_t WalBuilder::Lay(const Bytes& record) {
  bytes_.resize((bytes_.size() + 7) / 8 * 8);
  at_ = start_ + bytes_.size();
  if (at_ % kWalPageSize == 0) Header(0);
  const uint64_t lsn = at_;
  for (size_t done = 0; done < record.size();) {
    if (at_ % kWalPageSize == 0) Header(static_cast<uint32_t>(record.size() - done));
    const size_t n = std::min<size_t>(record.size() - done, kWalPageSize - at_ % kWalPageSize);
    Append(bytes_, ByteView(record).subspan(done, n));
    done += n;
    at_ += n;
  }
  previous_ = lsn;
  return lsn;
}

Bytes WalBuilder::Log() const {
  Bytes log = bytes_;
  log.resize((log.size() + kWalPageSize - 1) / kWalPageSize * kWalPageSize);
  return log;
}

WalPages PagesOf(ByteView log) {
  WalPages pages;
  for (uint64_t at = 0; at + kWalPageSize <= log.size(); at += kWalPageSize)
    if (const auto header = ReadWalPageHeader(log.subspan(at, kWalPageSize)))
      pages.Add({*header, log.subspan(at, kWalPageSize), 0, at});
  return pages;
}

Bytes HeapFields(uint16_t columns, uint16_t infomask, uint8_t hoff) {
  Bytes fields;
  Put<uint16_t>(fields, columns);
  Put<uint16_t>(fields, infomask);
  Put<uint8_t>(fields, hoff);
  return fields;
}

Bytes RowBytes(uint32_t number, std::string_view text) {
  Bytes row(1);  // padding up to hoff
  Put<uint32_t>(row, number);
  Put<uint8_t>(row, static_cast<uint8_t>((text.size() + 1) << 1 | 1));
  Append(row, AsBytes(text));
  return row;
}

}  // namespace pulih
