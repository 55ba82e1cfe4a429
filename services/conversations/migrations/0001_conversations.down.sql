DROP FUNCTION conversations.ensure_partitions(int);
DROP FUNCTION conversations.first_id(timestamp);
DROP VIEW conversations.thread;
DROP TABLE conversations.unmatched_message, conversations.request, conversations.provider_message,
  conversations.message, conversations.conversation, conversations.identity, conversations.customer;
