# frozen_string_literal: true

module ShowcaseMemtrim
  # What a booted app is made of, as far as it can be listed: railties, middleware, initializers, hooks, subscribers,
  # types, handlers, threads, and the methods and constants that somebody has added to Ruby's and Rails' own. A gem
  # without which any of it is missing does its work unasked: deferred, it would silently not do it.
  class Shape
    CORE = %w[
      Object Kernel Module Class Comparable Enumerable String Symbol Integer Float Numeric Rational BigDecimal Array Hash
      Range Set Struct Time Date DateTime NilClass TrueClass FalseClass Proc Method IO File URI::Generic Regexp Exception
      StandardError Thread Random Marshal Net::HTTP Logger ERB JSON Psych URI
      Rack::Builder Rack::Request Rack::Response
    ].freeze
    RAILS = %w[
      ActiveRecord::Base ActiveRecord::Relation ActiveModel::Validations ActionController::Base ActionController::API
      ActionView::Base ActionView::Helpers ActionMailer::Base ActiveJob::Base ActionDispatch::Routing::Mapper
      ActionDispatch::Request ActiveSupport::TimeWithZone ActiveSupport::Duration ActiveSupport::SafeBuffer
    ].freeze

    # All that is below these is looked at, too: gems put their own into it, to be found by a symbol.
    NAMESPACES = %w[
      AbstractController ActionCable ActionController ActionDispatch ActionMailbox ActionMailer ActionText ActionView
      ActiveJob ActiveModel ActiveRecord ActiveStorage ActiveSupport Arel I18n Mime Rails
    ].freeze
    RAILS_GEMS = %w[
      actioncable actionmailbox actionmailer actionpack actiontext actionview activejob activemodel activerecord
      activestorage activesupport i18n rails railties
    ].freeze

    # Methods of Ruby's core that are written in Ruby, of which there are more in each version (Array#first since 3.3).
    INTERNAL = "<internal:"
    RUBYS = [INTERNAL, *::RbConfig::CONFIG.values_at("rubylibdir", "rubyarchdir").map { |dir| "#{dir}/" }].freeze

    # Of Ruby's library, as it came with Ruby or newer.
    DEFAULT_GEMS = (Dir.exist?(::Gem.default_specifications_dir) ? Dir.children(::Gem.default_specifications_dir) : []).map { |file| file[/\A(.+)-\d/, 1] }.freeze

    # @param seen [Hash] as to_h: what was noted while the app booted and can't be asked any more
    def initialize(seen = {})
      @seen = seen
    end

    # @return [Hash{Array => Array, nil}] [kind, name] → [file, line] (line: nil where it is the file itself), nil where
    #   Ruby does not know
    def to_h
      of_rails = rails? ? [railties, middleware, initializers, load_hooks, callbacks, subscribers, types, handlers, renderers, attribute_types, adapters] : []
      [*of_rails, translations, inflections, variables, threads, methods_added, modules_added, namespaces_added, @seen].reduce({}, :merge)
    end

    # What modules give to the classes that somebody has mixed them into.
    #
    # @return [Hash{String => Hash}] the name that to_h has for the mixin → methods, and of these the overrides: those that
    #   answer in the place of others'
    def mixed_in
      classes.flat_map { |name, owner| [owner, owner.singleton_class].flat_map { |each| mixed_into(name, owner, each.ancestors) } }.to_h
    end

    # @param file [String] absolute
    # @return [Boolean] whether it is Ruby's or Rails' own
    def own?(file)
      rails_own?(file) || rubys_own?(file)
    end

    private

    def rails?
      defined?(::Rails.application) && ::Rails.application
    end

    def railties
      names = descendants(::Rails::Railtie).filter_map(&:name)
      names.to_h { |name| [[:railtie, name], place_of(name)] }
    end

    # Ruby's own list: that of Rails::Railtie leaves its abstract classes out.
    def descendants(parent)
      Class.instance_method(:subclasses).bind_call(parent).flat_map { |child| [child, *descendants(child)] }
    end

    def middleware
      ::Rails.application.middleware.to_h { |entry| [[:middleware, entry.name], place_of(entry.name)] }
    end

    def initializers
      ::Rails.application.initializers.to_h { |initializer| [[:initializer, initializer.name.to_s], initializer.block&.source_location] }
    end

    def load_hooks
      each_of(::ActiveSupport.instance_variable_get(:@load_hooks)) do |name, blocks|
        blocks.map { |block, *| [[:hook, "#{name} #{place(block)}"], block.source_location] }
      end.to_h
    end

    # Around every request and job, and before code is loaded again.
    def callbacks
      [::ActiveSupport::Executor, ::ActiveSupport::Reloader, ::Rails.application.executor, ::Rails.application.reloader].uniq.flat_map do |owner|
        owner.__callbacks.flat_map { |event, chain| chain.map { |callback| [event, callback.filter] } }
      end.to_h { |event, filter| [[:callback, "#{event} #{name_of(filter)}"], place_of_callable(filter)] }
    end

    def subscribers
      notifier = ::ActiveSupport::Notifications.notifier
      named = []
      notifier.instance_variable_get(:@string_subscribers)&.each_pair { |name, list| named.concat(list.map { |subscriber| [name, subscriber] }) }
      others = Array(notifier.instance_variable_get(:@other_subscribers)).map { |subscriber| [subscriber.pattern, subscriber] }
      all = (named + others).map { |name, subscriber| [name, subscriber.instance_variable_get(:@delegate)] }
      all += Array(::ActiveSupport.error_reporter&.instance_variable_get(:@subscribers)).map { |subscriber| ["errors", subscriber] } if ::ActiveSupport.respond_to?(:error_reporter)
      all.to_h { |name, delegate| [[:subscriber, "#{name.inspect.delete('"')} #{name_of(delegate)}"], place_of_callable(delegate)] }
    end

    def types
      defined?(::Mime::SET) ? ::Mime::SET.symbols.to_h { |symbol| [[:mime_type, symbol.to_s], nil] } : {}
    end

    def handlers
      return {} unless loaded("ActionView::Template::Handlers")
      ::ActionView::Template::Handlers.extensions.to_h { |name| [[:template_handler, name.to_s], nil] }
    end

    def renderers
      return {} unless (renderers = loaded("ActionController::Renderers"))
      renderers::RENDERERS.to_h { |name| [[:renderer, name.to_s], renderers.instance_method("_render_with_renderer_#{name}").source_location] }
    end

    # By the names that `attribute` takes.
    def attribute_types
      {"ActiveRecord::Type" => :name, "ActiveModel::Type" => :name}.flat_map do |owner, name|
        registry = loaded(owner)&.registry
        registrations = registry&.instance_variable_get(:@registrations)
        names = registrations.respond_to?(:keys) ? registrations.keys : Array(registrations).map { |registration| registration.send(name) }
        names.map { |type| [[:attribute_type, "#{owner} #{type}"], nil] }
      end.to_h
    end

    def adapters
      adapters = loaded("ActiveRecord::ConnectionAdapters")&.instance_variable_get(:@adapters)
      adapters.to_h { |name, _| [[:adapter, name.to_s], nil] }
    end

    def translations
      return {} unless (i18n = loaded("I18n"))
      backend = named(i18n.backend.singleton_class.ancestors - Object.ancestors).to_h { |name| [[:i18n_backend, name], place_of(name)] }
      backend.merge(i18n.load_path.flatten.to_h { |path| [[:translations, path.to_s], [path.to_s, nil]] })
    end

    def inflections
      return {} unless (inflections = loaded("ActiveSupport::Inflector")&.inflections)
      %i[plurals singulars uncountables humans acronyms].flat_map do |list|
        inflections.public_send(list).map { |rule| [[:inflection, Array(rule).map { |part| part.is_a?(Regexp) ? part.source : part }.join(" → ")], nil] }
      end.to_h
    end

    def variables
      ENV.keys.to_h { |name| [[:variable, name], nil] }
    end

    # Ruby tells where each was made.
    def threads
      (Thread.list - [Thread.main]).filter_map { |thread| thread.inspect[/ (\/\S+:\d+) \S+>\z/, 1] }
        .reject { |at| rubys_own?(at) }.to_h { |at| [[:thread, at], at.match(/\A(.+):(\d+)\z/).captures.then { |file, line| [file, line.to_i] }] }
    end

    # Those of the core are among them, without a place: who replaces one adds none.
    def methods_added
      classes.flat_map { |name, owner| methods_of(name, owner) }.filter_map do |method, place|
        next [method, nil] if place.nil? || place.first.start_with?(INTERNAL)
        [method, place] unless rubys_own?(place.first)
      end.to_h
    end

    def methods_of(name, owner)
      singleton = owner.singleton_class
      methods_in(owner).map { |method| [[:method, "#{name}##{method}"], owner.instance_method(method).source_location] } +
        singleton.instance_methods(false).map { |method| [[:method, "#{name}.#{method}"], singleton.instance_method(method).source_location] }
    end

    def modules_added
      classes.flat_map do |name, owner|
        named(owner.ancestors - [owner]).map { |ancestor| [[:mixin, "#{ancestor} into #{name}"], place_of(ancestor)] } +
          named(owner.singleton_class.included_modules).map { |ancestor| [[:mixin, "#{ancestor} into #{name}"], place_of(ancestor)] }
      end.to_h
    end

    def mixed_into(name, owner, ancestors)
      ancestors.each_with_index.filter_map do |ancestor, index|
        next if ancestor.is_a?(Class) || ancestor == owner || (place = place_of(module_name(ancestor).to_s)).nil? || own?(place.first)
        methods = methods_in(ancestor)
        others = ancestors.drop(index + 1).reject { |other| same_gem?(place, place_of(module_name(other).to_s)) }
        overrides = methods.select { |method| others.any? { |other| has?(other, method) } }
        ["#{module_name(ancestor)} into #{name}", {methods: methods, overrides: overrides}]
      end
    end

    def same_gem?(place, other)
      directory = ::Gem.loaded_specs.each_value.map { |spec| "#{spec.full_gem_path}/" }.find { |each| place.first.start_with?(each) }
      !directory.nil? && !other.nil? && other.first.start_with?(directory)
    end

    def methods_in(owner)
      owner.instance_methods(false) | owner.private_instance_methods(false)
    end

    def has?(owner, method)
      owner.method_defined?(method, false) || owner.private_method_defined?(method, false)
    end

    def named(modules)
      modules.filter_map(&:name).reject { |name| rubys_own?(place_of(name)&.first.to_s) }
    end

    # What is in Rails' own namespaces, and not by Rails. Which of it a boot has loaded is not always the same.
    def namespaces_added
      seen = {}.compare_by_identity
      NAMESPACES.flat_map { |name| (owner = loaded(name)) ? below(name, owner, seen) : [] }.to_h
    end

    def below(name, owner, seen)
      return [] if seen[owner]
      seen[owner] = true
      methods = methods_of(name, owner).map { |(_, method), place| [[:rails_method, method], place] }
      inner = Module.instance_method(:constants).bind_call(owner, false).flat_map { |part| constant(name, owner, part, seen) }
      inner + methods.reject { |_, place| place.nil? || own?(place.first) }
    end

    def constant(name, owner, part, seen)
      full = "#{name}::#{part}"
      place = Module.instance_method(:const_source_location).bind_call(owner, part, false)
      found = (!place&.first || own?(place.first)) ? [] : [[[:constant, full], place]]
      value = quietly { owner.const_get(part, false) } unless owner.autoload?(part, false)
      found += below(full, value, seen) if Module === value && module_name(value) == full
      found
    rescue NameError # deprecated ones may be gone
      []
    end

    # Nobody who is asked to be listed is used.
    def quietly
      before = Warning[:deprecated]
      Warning[:deprecated] = false
      yield
    ensure
      Warning[:deprecated] = before
    end

    def module_name(value)
      Module.instance_method(:name).bind_call(value)
    end

    def rails_own?(file)
      @rails_own ||= ::Gem.loaded_specs.values_at(*RAILS_GEMS).compact.map { |spec| "#{spec.full_gem_path}/" }
      file.start_with?(*@rails_own)
    end

    def rubys_own?(file)
      @rubys_own ||= [*RUBYS, *::Gem.loaded_specs.values_at(*DEFAULT_GEMS).compact.map { |spec| "#{spec.full_gem_path}/" }]
      file.start_with?(*@rubys_own)
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

    # A module may say that it has a name that no constant could have.
    def place_of(name)
      place = Object.const_source_location(name)
      place if place&.first
    rescue NameError
      nil
    end

    def place_of_callable(callable)
      return callable.source_location if callable.respond_to?(:source_location)
      place_of(class_name(callable)) unless callable.is_a?(Symbol)
    end

    def name_of(callable)
      return place(callable) if callable.respond_to?(:source_location)
      callable.is_a?(Symbol) ? callable.inspect : class_name(callable)
    end

    def class_name(callable)
      (callable.is_a?(Module) ? callable : callable.class).name.to_s
    end

    def place(block)
      file, line = block.source_location
      "in #{file.to_s.sub(%r{\A.*/gems/}, "")}:#{line}"
    end
  end
end
