# frozen_string_literal: true

# A recorded run of the script that is named, without Bundler.
require_relative "../../../lib/showcase_memtrim/child"

load ARGV.fetch(0)
