# frozen_string_literal: true

module ShowcaseMemtrim
  module Cable
    # The app's code names a constant, or asks Rails for something, that this server does not load.
    class NotLoaded < NameError
      class << self
        # From now on.
        #
        # @param root [String] the app's directory: other code gets Ruby's own NameError
        def watch(root)
          @root = File.join(File.realpath(root), "")
          Module.prepend(Missing) unless Module < Missing
        end

        # @param name [Symbol]
        # @param location [Thread::Backtrace::Location, nil] who names it
        # @return [String, nil] nil: it is not the app's code
        def explain(name, location)
          place = place(location)
          "#{name} is not loaded in this Action Cable server, and #{place} names it. Give #{file(name)} to config.require in cable/config.ru, or run the full server" if place
        end

        # Gems of a bundle in the app's vendor/ are not the app's code.
        #
        # @param location [Thread::Backtrace::Location, nil]
        # @return [String, nil] `app/channels/scores_channel.rb:9`; nil: it is not the app's code
        def place(location)
          path = location&.absolute_path
          return unless @root && path&.start_with?(@root) && !path.start_with?(File.join(@root, "vendor/"))
          "#{path.delete_prefix(@root)}:#{location.lineno}"
        end

        private

        # By the app's conventions.
        def file(name)
          path = name.to_s.underscore
          found = Dir.glob("{app/*,app/*/concerns,lib}/#{path}.rb", base: @root).min
          found || "its file"
        end
      end

      # Ruby asks here for whatever it does not find.
      module Missing
        def const_missing(name)
          location = caller_locations(1, 1)&.first
          super
        rescue NameError => error
          message = NotLoaded.explain(name, location)
          raise error unless message && !error.is_a?(NotLoaded)
          raise NotLoaded.new(message, name, receiver: self)
        end
      end
    end
  end
end
