# frozen_string_literal: true

# The gems that bin/setup has installed for memtrim, as bin/memtrim has them.
Gem.use_paths(Gem.dir, [*Gem.path, File.expand_path("../../vendor/tools/ruby/#{RbConfig::CONFIG["ruby_version"]}", __dir__)])
