# frozen_string_literal: true

# The Redis client requires it for rediss://, Active Support for encryption: 3 MB.
Object.autoload(:OpenSSL, ShowcaseMemtrim::Cable::Deferred.path("openssl")) unless defined?(OpenSSL)
