#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "centralita/accounts/v1/accounts.pb.h"
#include "libs/pg/pg.h"
#include "libs/security/security.h"

namespace centralita::accounts {

/// A channel as it is kept: what everybody may see, and its credentials in clear.
struct StoredChannel {
  v1::Channel channel;  ///< Without credentials.
  std::map<std::string, std::string> credentials;
};

/// The rows of channels. Credentials are sealed at rest, bound to their tenant and channel. Thread-safe.
class ChannelStore {
 public:
  explicit ChannelStore(const security::Vault& vault) : vault_(vault) {}

  /// Both return the channel as it was stored, with its times.
  v1::Channel insert(pg::Tx& tx, const StoredChannel& stored) const;
  v1::Channel update(pg::Tx& tx, const StoredChannel& stored) const;

  std::optional<StoredChannel> find(pg::Tx& tx, const std::string& id) const;
  /// Nobody else changes it until the transaction ends.
  std::optional<StoredChannel> lock(pg::Tx& tx, const std::string& id) const;
  /// At most `limit` channels with an id above `after`, oldest first.
  std::vector<v1::Channel> list(pg::Tx& tx, const std::string& after, int limit) const;
  /// False when there is none.
  bool remove(pg::Tx& tx, const std::string& id) const;

 private:
  std::string seal(const pg::Tx& tx, const StoredChannel& stored) const;
  std::optional<StoredChannel> open(const pg::Tx& tx, const std::optional<pg::Row>& row) const;

  const security::Vault& vault_;
};

}  // namespace centralita::accounts
