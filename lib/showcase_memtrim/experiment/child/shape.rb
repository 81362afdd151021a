# frozen_string_literal: true

module ShowcaseMemtrim
  module Experiment
    # What a booted app is made of, as far as it can be listed: railties, middleware, initializers, load hooks,
    # subscribers, types, handlers, and the methods that somebody has added to Ruby's and Rails' own classes. A gem
    # without which any of it is missing does its work unasked: deferred, it would silently not do it.
    class Shape
      CORE = %w[
        Object Kernel Module Class Comparable Enumerable String Symbol Integer Float Numeric Rational BigDecimal Array Hash
        Range Set Struct Time Date DateTime NilClass TrueClass FalseClass Proc Method IO File URI::Generic Regexp
      ].freeze
      RAILS = %w[
        ActiveRecord::Base ActiveRecord::Relation ActiveModel::Validations ActionController::Base ActionController::API
        ActionView::Base ActionView::Helpers ActionMailer::Base ActiveJob::Base ActionDispatch::Routing::Mapper
        ActionDispatch::Request ActiveSupport::TimeWithZone ActiveSupport::Duration ActiveSupport::SafeBuffer
      ].freeze

      RUBYS = ["<internal:", *::RbConfig::CONFIG.values_at("rubylibdir", "rubyarchdir").map { |dir| "#{dir}/" }].freeze

      # @return [Array<String>] one line for each thing, sorted
      def to_a
        of_rails = defined?(::Rails.application) ? [railties, middleware, initializers, load_hooks, subscribers, types, handlers] : []
        [*of_rails.flatten, *methods_added, *modules_added].uniq.sort
      end

      private

      def railties
        descendants(::Rails::Railtie).filter_map(&:name).map { |name| "railtie #{name}" }
      end

      # Ruby's own list: that of Rails::Railtie leaves its abstract classes out.
      def descendants(parent)
        Class.instance_method(:subclasses).bind_call(parent).flat_map { |child| [child, *descendants(child)] }
      end

      def middleware
        ::Rails.application.middleware.map { |entry| "middleware #{entry.name}" }
      end

      def initializers
        ::Rails.application.initializers.map { |initializer| "initializer #{initializer.name}" }
      end

      def load_hooks
        each_of(::ActiveSupport.instance_variable_get(:@load_hooks)) do |name, blocks|
          blocks.map { |block, *| "load hook #{name} in #{place(block)}" }
        end
      end

      def subscribers
        notifier = ::ActiveSupport::Notifications.notifier
        named = []
        notifier.instance_variable_get(:@string_subscribers)&.each_pair { |name, list| named.concat(list.map { |subscriber| [name, subscriber] }) }
        others = Array(notifier.instance_variable_get(:@other_subscribers)).map { |subscriber| [subscriber.pattern, subscriber] }
        (named + others).map do |name, subscriber|
          delegate = subscriber.instance_variable_get(:@delegate)
          "subscriber to #{name} in #{delegate.is_a?(Proc) ? place(delegate) : delegate.class}"
        end
      end

      def types
        defined?(::Mime::SET) ? ::Mime::SET.symbols.map { |symbol| "MIME type #{symbol}" } : []
      end

      def handlers
        defined?(::ActionView::Template::Handlers.extensions) ? ::ActionView::Template::Handlers.extensions.map { |name| "template handler #{name}" } : []
      end

      def methods_added
        each_of(classes) do |name, owner|
          own = owner.instance_methods(false) | owner.private_instance_methods(false)
          added(own) { |method| owner.instance_method(method) }.map { |method| "method #{name}##{method}" } +
            added(owner.singleton_class.instance_methods(false)) { |method| owner.method(method) }.map { |method| "method #{name}.#{method}" }
        end
      end

      # Ruby's own library patches Ruby too, whoever loads it.
      def added(names)
        names.reject { |name| rubys_own?(yield(name).source_location&.first.to_s) }
      end

      def modules_added
        each_of(classes) do |name, owner|
          named(owner.ancestors - [owner]).map { |ancestor| "#{name} includes #{ancestor}" } +
            named(owner.singleton_class.included_modules).map { |ancestor| "#{name} extends #{ancestor}" }
        end
      end

      def named(modules)
        modules.filter_map(&:name).reject { |name| rubys_own?(file_of(name)) }
      end

      # A module may say that it has a name that no constant could have.
      def file_of(name)
        Object.const_source_location(name)&.first.to_s
      rescue NameError
        ""
      end

      def rubys_own?(file)
        file.start_with?(*RUBYS)
      end

      # Those that are loaded: to ask for another one would load it.
      def classes
        @classes ||= (CORE + RAILS).to_h { |name| [name, loaded(name)] }.compact
      end

      def loaded(name)
        name.split("::").reduce(Object) do |owner, part|
          break if owner.autoload?(part) || !owner.const_defined?(part, false)
          owner.const_get(part, false)
        end
      end

      def each_of(hash, &block)
        hash.to_h.flat_map(&block)
      end

      def place(block)
        file, line = block.source_location
        "#{file.to_s.sub(%r{\A.*/gems/}, "")}:#{line}"
      end
    end
  end
end
