# frozen_string_literal: true

module ShowcaseMemtrim
  module Cable
    # What each connected client keeps, and nobody asks for: a third of it.
    module LightClients
      # Puma's, for requests that are being answered: they keep its parser, its buffers and what it knows of the request.
      ANSWERED = %w[rack.hijack rack.early_hints puma.mark_as_io_bound].freeze

      def self.install
        ActionCable::Connection::Base.prepend(Connection)
        ActionCable::Channel::Base.prepend(Channel, Channel::Identifiers)
      end

      # The request's environment: one and not two, and without what was of use until its socket was taken over.
      module Connection
        def process
          super
        ensure
          ANSWERED.each { |key| env.delete(key) }
        end

        private

        # As Action Cable makes it, with Rails.application.env_config below what the request has; it makes a hash of both.
        def request
          @request ||= ActionDispatch::Request.new(env.merge!(::Rails.application.env_config) { |_, own, _| own })
        end
      end

      # The connection's identifiers, as methods of every channel. Action Cable defines them anew for each subscription, which gives
      # every one a class of its own with method caches of its own: 4 KB, and calls that miss them.
      module Channel
        # Below Channel::Base, so that no client can name them as an action (see ActionCable::Channel::Base.action_methods).
        module Identifiers
          LOCK = Mutex.new
          private_constant :LOCK

          # @param name [Symbol]
          # @return [void]
          def self.add(name)
            LOCK.synchronize { define_method(name) { connection.send(name) } unless method_defined?(name, false) }
          end
        end

        private

        def delegate_connection_identifiers
          missing = connection.identifiers.reject { |name| Identifiers.method_defined?(name, false) }
          missing.each { |name| Identifiers.add(name) }
          super if connection.identifiers.any? { |name| method(name).owner != Identifiers } # a method of the channel's own gives way
        end
      end
    end
  end
end
