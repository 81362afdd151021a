# frozen_string_literal: true

module ShowcaseMemtrim
  module Cable
    # Puma ends when it is told to. Up to 8.0.2 it may not, about one time in twenty on Ruby 3.3: its signal handler writes to a
    # pipe with Ruby's buffers and lock, while another thread closes that pipe and then waits for the lock for ever
    # (https://github.com/puma/puma/pull/3940, which does the same as this).
    module Ending
      def self.install
        return unless defined?(::Puma::Server) && ::Puma::Server.private_method_defined?(:notify_safely)
        ::Puma::Server.prepend(self)
      end

      private

      def notify_safely(message)
        @notify.syswrite(message)
      rescue IOError, NoMethodError, Errno::EPIPE, Errno::EBADF
        nil # the server, in another thread, is ending
      end
    end
  end
end
