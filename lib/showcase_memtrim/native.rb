# frozen_string_literal: true

# Loads the extension: the one precompiled for this Ruby, or the one that was built here.
#
# By absolute path, because a measured process loads it before Bundler has set up a load path.
begin
  require File.join(__dir__, RUBY_VERSION[/\A\d+\.\d+/], "showcase_memtrim")
rescue LoadError
  require File.join(__dir__, "showcase_memtrim")
end
