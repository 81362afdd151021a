# frozen_string_literal: true

# In place of `require "rails/all"` in config/application.rb: loads the railties that config/memtrim.yml lists, in the
# order of rails/all, and defers the gems that it names. Without that file it is `require "rails/all"`.
require_relative "../showcase_memtrim"

application = caller_locations.filter_map(&:absolute_path).find { |path| path.end_with?("/config/application.rb") }
directory = application ? File.dirname(application, 2) : Dir.pwd

if File.file?(File.join(directory, "config/memtrim.yml"))
  require_relative "enforcement"
  enforcement = ShowcaseMemtrim::Enforcement.start(directory)
  require "rails"
  enforcement.guard
  enforcement.plan ? enforcement.plan.names.each { |railtie| require railtie } : require("rails/all")
else
  require "rails/all"
end

require_relative "railtie"
