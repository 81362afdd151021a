# frozen_string_literal: true

# Action Cable with the channels of app/channels, without the app: see bin/cable.
require "showcase_memtrim/cable"

cable = ShowcaseMemtrim::Cable.application(root: File.expand_path("..", __dir__)) do |config|
  config.load_defaults "#{Rails::VERSION::MAJOR}.#{Rails::VERSION::MINOR}" # as config/application.rb
  config.allowed_request_origins = [%r{\Ahttps?://(localhost|127\.0\.0\.1)(:\d+)?\z}]
end

run cable
