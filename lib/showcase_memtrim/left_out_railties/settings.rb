# frozen_string_literal: true

module ShowcaseMemtrim
  class LeftOutRailties
    # `config.action_mailer.x = 1` for a railtie that is not there: it works, and changes nothing.
    class Settings
      # A setting as a line of the app's makes it.
      Setting = Struct.new(:railtie, :name, :file, :line)

      # @return [Array<Setting>] as they were made
      attr_reader :made

      # @param sources [Array<Railties::Source>] those that are left out, at any time
      def initialize(sources, directory:)
        @sources = sources
        @directory = directory
        @made = []
      end

      # Rails answers `config.x` for whatever has been set. What nobody has set is asked here, before it is an error.
      def answer
        settings = self
        ::Rails::Railtie::Configuration.prepend(Module.new do
          define_method(:method_missing) do |name, *arguments, &block|
            setting = name.to_s.delete_suffix("=").to_sym
            next Callers.unseen { super(name, *arguments, &block) } if settings.railtie(setting).nil? || respond_to?(setting)
            name.end_with?("=") ? settings.note(setting.to_s) : settings.of(setting)
          end
          private :method_missing
        end)
      end

      # @param setting [Symbol] :action_mailer
      # @return [String, nil] the railtie that is left out, and has it
      def railtie(setting)
        @sources.find { |source| source.setting == setting }&.name
      end

      # @return [Void] the same one each time: what is set in it can be read there
      def of(setting)
        (@voids ||= {})[setting] ||= Void.new(self, setting.to_s)
      end

      # @param name [String] "action_mailer.perform_caching"
      def note(name)
        place = Callers.first(caller_locations)
        file = place && Callers.path(place).delete_prefix("#{@directory}/")
        @made << Setting.new(railtie(name[/\A\w+/].to_sym), name, file, place&.lineno)
        nil
      end

      # Takes whatever is done to it. What has been set in it can be read; the rest is more of the same, so that
      # `config.action_mailer.preview_paths << "x"` finds something too.
      class Void < BasicObject
        def initialize(settings, name)
          @settings = settings
          @name = name
          @values = {}
        end

        def method_missing(name, *arguments, **options, &block)
          return [] if name == :to_a
          return {} if name == :to_h
          text = name.to_s
          return set(text.delete_suffix("="), arguments.last) if text.match?(/\A\w+=\z/)
          return set(arguments.first.to_s, arguments.last) if name == :[]=
          text = arguments.first.to_s if name == :[] || name == :fetch
          return @values[text] if @values.key?(text)
          read = text.match?(/\A\w+\z/) && (arguments.empty? || name == :[] || name == :fetch)
          return changed(text) unless read
          @values[text] = Void.new(@settings, "#{@name}.#{text}")
        end

        # Neither an array nor a string to whoever tries; `to_a` and `to_h` are what it would hold.
        def respond_to_missing?(name, _private = false)
          !name.to_s.match?(/\Ato_(?:ary|str|hash|proc|io|path|int|sym)\z/)
        end

        def respond_to?(name, include_private = false)
          respond_to_missing?(name, include_private)
        end

        def nil?
          true
        end

        def to_s
          ""
        end

        def inspect
          "(#{@name} has no effect: its railtie is left out)"
        end

        private

        def set(name, value)
          @settings.note("#{@name}.#{name}")
          @values[name] = value
        end

        # `<<`, `merge!`, a question, a call with arguments: a change, for all that can be known.
        def changed(name)
          return false if name.end_with?("?")
          @settings.note(@name)
          self
        end
      end
    end
  end
end
