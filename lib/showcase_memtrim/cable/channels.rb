# frozen_string_literal: true

require "zeitwerk"
require "active_support/dependencies/autoload"
require "active_support/inflector"
require "active_support/core_ext/string/inflections"
require "active_support/json" # every connection's coder
require_relative "places"
require_relative "turbo_streams"

module ShowcaseMemtrim
  module Cable
    # The app's connection and channels: app/channels, by Zeitwerk as in the app.
    module Channels
      DIRECTORIES = [Places::CHANNELS, "#{Places::CHANNELS}/concerns"].freeze

      # Of Action Cable, so that the first client does not wait for them; the rest of it has the engine, too.
      NEEDED = [ActionCable::Server, ActionCable::Connection, ActionCable::Channel].freeze

      # As Rails::Autoloaders::Inflector: by Active Support's, so that the app's acronyms count.
      module Inflector
        def self.camelize(basename, _path)
          basename.camelize
        end
      end

      class << self
        # @param application [Application]
        # @raise [NotLoaded, Error] when one of them can't be loaded
        def load(application)
          prepare(application)
          $LOAD_PATH << application.root.join("lib").to_s # as Rails has it for what files require by name
          inflections(application.root)
          application.config.require.each { |name| require_one(application.root, name) }
          eager_load(application.root)
        end

        # What is there for each app.
        #
        # @param application [Application]
        def prepare(application)
          application.config.action_cable.logger ||= application.logger
          ActionDispatch::Request.include(Cookies::Unloaded) unless ActionDispatch::Request.method_defined?(:cookie_jar)
          TurboStreams.offer
          NEEDED.each { |part| Zeitwerk::Loader.eager_load_namespace(part) }
          surround_work(application)
        end

        private

        # As Action Cable's engine does (action_cable.set_work_hooks).
        def surround_work(application)
          ActionCable::Server::Worker.set_callback(:work, :around, prepend: true) do |_, work|
            application.executor.wrap(source: "application.action_cable") { work.call unless stopping? }
          end
        end

        # Nothing but acronyms and the like, which names of files count on.
        def inflections(root)
          file = root.join("config/initializers/inflections.rb")
          require file.to_s if file.exist?
        end

        def require_one(root, name)
          path = Places.required(name).map { |file| root.join(file) }.find(&:file?)
          path ? Kernel.require(path.to_s) : Kernel.require(name)
        rescue LoadError => error
          raise if path
          raise Error, "config.require in cable/config.ru: #{error.message}", cause: nil
        end

        def eager_load(root)
          loader = Zeitwerk::Loader.new
          loader.tag = "memtrim.cable"
          loader.inflector = Inflector
          DIRECTORIES.map { |directory| root.join(directory) }.select(&:directory?).each { |directory| loader.push_dir(directory.to_s) }
          loader.setup
          loader.eager_load
        end
      end
    end
  end
end
