# frozen_string_literal: true

# Both ask whether OpenSSL is there while they are loaded, which would load it; they have a comparison of their own, too.
require "rack/utils"
require "active_support/security_utils"

# The Redis client requires it for rediss://, Active Support for encryption: 3 MB.
Object.autoload(:OpenSSL, ShowcaseMemtrim::Cable::Deferred.path("openssl")) unless defined?(OpenSSL)
