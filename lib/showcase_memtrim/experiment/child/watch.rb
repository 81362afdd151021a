# frozen_string_literal: true

module ShowcaseMemtrim
  module Experiment
    # What a booted process can't be asked any more, noted while it boots: handlers for exits and signals, processes
    # that were started, and who loaded gems that should not have been.
    class Watch
      CALLS = {Kernel => %i[at_exit trap fork spawn], Process => %i[fork spawn], Signal => %i[trap], IO => %i[popen]}.freeze
      # Whoever loads a file by way of these does so for somebody else.
      PASS_ON = %w[bootsnap showcase_memtrim zeitwerk].freeze
      # A line that says itself what it loads.
      LOADING = /\b(?:require|require_relative|load|autoload)\b/

      # @param gems [Hash{String => Array<String>}] whose files should not be loaded → their constants
      def initialize(gems)
        @gems = gems
        @calls = []
        @loads = {}
      end

      # Call it when Bundler is set up.
      def start
        CALLS.each { |owner, names| names.each { |name| watch(owner, name) } }
        watch_files if @gems.any?
        self
      end

      # @return [Hash] as Shape has it: [kind, name] → [file, line]
      def seen
        @calls.filter_map do |name, what, place|
          case name
          when :at_exit then [[:exit_handler, place.join(":")], place]
          when :trap then [[:signal_handler, what], place]
          else [[:process, place.join(":")], place] if running?(what)
          end
        end.to_h
      end

      # @return [Hash{String => Array}] gem → [its first file that was loaded, file and line of who wanted it]
      attr_reader :loads

      private

      def watch(owner, name)
        return unless owner.respond_to?(name, true)
        watch = self
        singleton = owner.method(name).unbind
        owner.define_singleton_method(name) { |*arguments, **options, &block| singleton.bind_call(owner, *arguments, **options, &block).tap { |given| watch.send(:called, name, arguments, given) } }
        return unless owner == Kernel
        instance = Kernel.instance_method(name)
        Kernel.define_method(name) { |*arguments, **options, &block| instance.bind_call(self, *arguments, **options, &block).tap { |given| watch.send(:called, name, arguments, given) } }
        Kernel.send(:private, name)
      end

      def called(name, arguments, given)
        what = case name
        when :trap then arguments.first.to_s.delete_prefix("SIG")
        when :popen then given.pid if given.respond_to?(:pid) && !given.closed?
        else given
        end
        place = places(caller_locations).first or return
        @calls << [name, what, place]
      end

      # @param pid [Integer, nil] nil: in the child itself
      def running?(pid)
        pid.is_a?(Integer) && !%w[Z X].include?(File.read("/proc/#{pid}/stat")[/\) (\w)/, 1])
      rescue SystemCallError
        false
      end

      # Every file that Ruby reads or Bootsnap has is such an event; those of C are not.
      def watch_files
        @directories = @gems.keys.to_h { |name| [name, directories(name)] }
        TracePoint.new(:script_compiled) { |event| loaded(event.instruction_sequence.absolute_path.to_s) unless event.eval_script }.enable
      end

      def directories(name)
        ::Gem.loaded_specs[name]&.full_require_paths.to_a.flat_map { |path| [path, real(path)] }.uniq.map { |path| "#{path}/" }
      end

      def real(path)
        File.realpath(path)
      rescue SystemCallError
        path
      end

      # A gemspec may have read the version's file long before.
      def loaded(path)
        name, directories = @directories.find { |gem, own| !@loads.key?(gem) && path.start_with?(*own) }
        return if name.nil? || path.end_with?("/version.rb")
        @loads[name] = [path] # what is asked next may load the rest
        @loads[name] += wanted_by(directories, @gems.fetch(name)).to_a
      end

      # Rails loads what the app says by a name or a symbol: then it is the app's line that says it.
      def wanted_by(directories, constants)
        mine = places(caller_locations, directories)
        first = mine.first
        return first unless first&.first&.start_with?(*rails)
        line = line_of(*first)
        return first if line.match?(LOADING) || constants.any? { |constant| line.match?(/\b#{constant}\b/) }
        mine.find { |file, _| !file.start_with?(*rails) } || first
      end

      def line_of(file, number)
        File.foreach(file).first(number).last.to_s
      rescue SystemCallError
        ""
      end

      def places(locations, besides = [])
        locations.filter_map { |location| [location.absolute_path, location.lineno] if location.absolute_path && !location.absolute_path.start_with?(*rubys, *ours, *besides) }
      end

      def rubys
        @rubys ||= [*Shape::RUBYS, ::RbConfig::CONFIG["rubylibdir"].sub(%r{/[^/]+\z}, "/vendor_ruby/")]
      end

      def rails
        @rails ||= ::Gem.loaded_specs.values_at(*Shape::RAILS_GEMS).compact.map { |spec| "#{spec.full_gem_path}/" }
      end

      def ours
        directories = [File.expand_path("../..", __dir__), *::Gem.loaded_specs.values_at(*PASS_ON).compact.map(&:full_gem_path)]
        @ours ||= [*directories.map { |path| "#{path}/" }, ::Bundler.method(:setup).source_location.first.delete_suffix(".rb")]
      end
    end
  end
end
