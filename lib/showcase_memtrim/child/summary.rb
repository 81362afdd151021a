# frozen_string_literal: true

module ShowcaseMemtrim
  # The program as only Ruby knows it: environment, gems, railties, directories. Taken after everything has
  # been measured, so what it allocates is nobody's cost. Nothing is required: `require` is the program's, which
  # may have changed it.
  class Summary
    # Of these Ruby has hundreds of its own.
    UNPLACED = %i[method mixin].freeze

    def initialize(compactions: 0)
      @compactions = compactions
    end

    # @return [String] the `App` of ext/memtrim_core/src/recording/app.rs
    def to_json
      PlainJson.of(
        name: File.basename(root), root: root, environment: environment, gems: gems, components: components,
        railtie_classes: railtie_classes, eager_roots: eager_roots,
        load_path: $LOAD_PATH.map { |dir| File.expand_path(dir.to_s) }, ruby_dirs: ruby_dirs,
        compactions: @compactions, offers: offers, constants: constants, features: $LOADED_FEATURES
      )
    end

    private

    def loaded_gems
      defined?(::Gem.loaded_specs) ? ::Gem.loaded_specs : {}
    end

    def rails_application
      ::Rails.application if defined?(::Rails.application)
    end

    def root
      @root ||= (rails_application&.root || Dir.pwd).to_s
    end

    def environment
      {
        ruby: RUBY_VERSION,
        rails: (::Rails.version if defined?(::Rails.version)),
        bundler: (::Bundler::VERSION if defined?(::Bundler::VERSION)),
        platform: RUBY_PLATFORM,
        allocator: Recorder.allocator,
        rails_env: (::Rails.env.to_s if rails_application),
        eager_load: rails_application&.config&.eager_load,
        bootsnap: defined?(::Bootsnap::LoadPathCache) ? ::Bootsnap::LoadPathCache.enabled? : false,
        yjit: defined?(::RubyVM::YJIT.enabled?) ? ::RubyVM::YJIT.enabled? : false
      }
    end

    def gems
      loaded_gems.values.sort_by(&:name).map do |spec|
        dependency = gemfile[spec.name]
        {
          name: spec.name, version: spec.version.to_s, in_gemfile: !dependency.nil?,
          autorequire: autorequire(dependency), dirs: with_real([spec.full_gem_path, extension_dir(spec)]),
          dependencies: locked[spec.name] || spec.runtime_dependencies.map(&:name),
          groups: dependency&.groups,
          executables: dependency ? spec.executables : [] # it evaluates the gemspec
        }
      end
    end

    # What others than Ruby and Rails have added to the program; only where Ruby knows by whom, or there are few.
    def offers
      return [] unless rails_application
      shape = Shape.new
      mixed_in = shape.mixed_in
      shape.to_h.filter_map do |(kind, name), (file, line)|
        next if kind == :variable || (file.nil? && UNPLACED.include?(kind)) || (file && shape.own?(file))
        {kind: kind, name: name, file: file, line: line, methods: [], overrides: []}.merge(mixed_in.fetch(name, {}))
      end
    end

    # The constants that a gem brings: those at the top level, and modules in a namespace of somebody else's, each with
    # the file that opened it first.
    def constants
      top = Object.constants.filter_map { |name| [name.to_s, opened(name)] unless Object.autoload?(name) }
      inner = ObjectSpace.each_object(Module).filter_map do |each|
        name = Module.instance_method(:name).bind_call(each) or next
        owner = name[/\A(.+)::/, 1] or next
        file = opened(name)
        [name, file] if file && directory_of(file) && directory_of(file) != directory_of(opened(owner))
      end
      (top + inner).select(&:last).uniq.sort
    end

    # @return [String, nil] absolute
    def opened(constant)
      @opened ||= {}
      return @opened[constant] if @opened.key?(constant)
      file = Object.const_source_location(constant)&.first
      @opened[constant] = (File.expand_path(file) if file && !file.start_with?("(", "<"))
    rescue NameError # a module may have a name that no constant could have
      nil
    end

    # @return [String, nil] of the gem whose file it is
    def directory_of(file)
      @directories ||= loaded_gems.values.map { |spec| "#{spec.full_gem_path}/" }.sort_by { |directory| -directory.size }
      @directory_of ||= Hash.new { |known, path| known[path] = path && @directories.find { |directory| path.start_with?(directory) } }
      @directory_of[file]
    end

    # Bundler's specification would evaluate the gemspec for it, RubyGems' own behind it does not.
    def extension_dir(spec)
      (spec.respond_to?(:stub) ? spec.stub : spec).extension_dir
    end

    # Each gem's dependencies as Gemfile.lock has them: to ask the specifications would evaluate every gemspec.
    def locked
      @locked ||= begin
        lockfile = ::Bundler.definition.locked_gems if defined?(::Bundler.definition)
        lockfile ? lockfile.specs.to_h { |spec| [spec.name, spec.dependencies.map(&:name)] } : {}
      end
    end

    def gemfile
      @gemfile ||= defined?(::Bundler.definition) ? ::Bundler.definition.dependencies.to_h { |dependency| [dependency.name, dependency] } : {}
    end

    # As Bundler::Runtime#require names them.
    def autorequire(dependency)
      return [] if dependency.nil?
      names = dependency.autorequire
      return [dependency.name, dependency.name.tr("-", "/")].uniq if names.nil?
      Array(names).map { |name| (name == true) ? dependency.name : name.to_s }
    end

    # The list in the installed Rails' own rails/all.rb, and the app's own where it has one, each with its file.
    def components
      all = loaded_gems["railties"]&.then { |spec| File.join(spec.full_gem_path, "lib/rails/all.rb") }
      return [] unless all && File.file?(all)
      names = File.read(all).scan(%r{^\s*"?([a-z_/]+/(?:railtie|engine))"?\s*$}).flatten
      (names | listed_by_the_app).map do |name|
        file = $LOAD_PATH.map { |dir| File.join(dir.to_s, "#{name}.rb") }.find { |path| File.file?(path) }
        {name: name, file: file.to_s}
      end
    end

    def listed_by_the_app
      application = File.join(root, "config/application.rb")
      return [] unless File.file?(application)
      File.read(application).scan(%r{^\s*require\s*\(?["']((?:action|active|rails)[a-z_]*/(?:[a-z_]+/)?(?:railtie|engine))["']}).flatten
    end

    def railtie_classes
      return [] unless defined?(::Rails::Railtie)
      [::Rails::Railtie, *descendants(::Rails::Railtie)].select(&:name).map do |railtie|
        engine_root = (railtie.instance.root.to_s if railtie < ::Rails::Engine && !railtie.abstract_railtie?)
        {name: railtie.name, scope: Recorder.scope_of(railtie), root: engine_root}
      end.sort_by { |railtie| railtie[:name] }
    end

    # Ruby's own list: that of Rails::Railtie leaves its abstract classes out, and Rails::Engine is one.
    def descendants(parent)
      Class.instance_method(:subclasses).bind_call(parent).flat_map { |child| [child, *descendants(child)] }
    end

    def eager_roots
      return [] unless defined?(::Zeitwerk::Registry)
      loaders = []
      ::Zeitwerk::Registry.loaders.each { |loader| loaders << loader }
      loaders.map do |loader|
        {
          name: loader.tag, scope: Recorder.scope_of(loader), dirs: loader.dirs,
          ignored: loader.send(:ignored_paths).to_a, eager_loaded: loader.instance_variable_get(:@eager_loaded) == true
        }
      end
    end

    def ruby_dirs
      keys = %w[rubylibdir rubyarchdir sitelibdir sitearchdir vendorlibdir vendorarchdir]
      return with_real($LOAD_PATH.map(&:to_s)) unless defined?(::RbConfig) && defined?(::Gem)
      with_real(RbConfig::CONFIG.values_at(*keys) + [RbConfig::CONFIG["rubygemsdir"], File.dirname(::Gem.method(:loaded_specs).source_location.first, 1)])
    end

    def with_real(dirs)
      dirs.compact.reject(&:empty?).flat_map { |dir| [dir, (File.realpath(dir) if File.exist?(dir))] }.compact.uniq
    end
  end
end
