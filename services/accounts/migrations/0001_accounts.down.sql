DROP TABLE accounts.directory, accounts.channel, accounts.api_key, accounts.app_user, accounts.tenant;
