# frozen_string_literal: true

module ShowcaseMemtrim
  class LeftOutRailties
    # `class InvoiceMailer < ActionMailer::Base` without Action Mailer: an error that says so.
    #
    # No autoload of the name, which would make it `defined?`. Ruby asks here (Module#const_missing) when it has found
    # the constant nowhere.
    class Constants < Module
      def initialize(railties)
        super()
        define_method(:const_missing) do |name|
          Callers.unseen { (error = railties.constant_error(name, self)) ? raise(error) : super(name) }
        end
      end

      # For every module there is: which one is asked depends on where the name stands.
      def answer
        ::Module.prepend(self)
      end
    end
  end
end
