# frozen_string_literal: true

require "minitest/autorun"
require "tmpdir"
require "showcase_memtrim/railties/mixing_in"

# Which railties do nothing unasked, as far as their source shows.
class MixingInTest < Minitest::Test
  QUIET = {
    "nothing" => "",
    "a task" => "rake_tasks { load 'x.rake' }",
    "a mixin" => "initializer('x') { ActiveSupport.on_load(:active_record) { extend Courier::Model } }",
    "a mixin by send" => "initializer('x') do\n ActiveSupport.on_load(:active_record) do\n ActiveRecord::Base.send(:include, Courier::Model)\n end\n end",
    "a method that mixes in" => "initializer('x') { ActiveSupport.on_load(:active_record) { Courier::Tie.insert } }\n def self.insert\n ::ActiveRecord::Base.extend(Courier::Model) if defined?(::ActiveRecord)\n end",
    "a namespace to load" => "config.eager_load_namespaces << Courier",
    "own deprecations" => "initializer('x') { |app| app.deprecators[:courier] = Courier.deprecator if app.respond_to?(:deprecators) }",
    "a warning" => "config.after_initialize do\n unless Courier.configured?\n warn 'not configured'\n end\n end",
    "by the version" => "initializer('x') do\n if Gem::Version.new(::Rails::VERSION::STRING) >= Gem::Version.new('7.1')\n ActiveSupport.on_load(:active_record) { include Courier::Model }\n end\n end",
    "a method that is given the class" => "initializer('x') { ActiveSupport.on_load(:active_record) { Courier::Tie.mark(ActiveRecord::Base) } }\n def self.mark(klass)\n klass.send(:include, Courier::Model)\n end",
    "a required file" => "initializer('x') { require 'courier/model' }",
    "a constant" => "NAME = 'courier'\n isolate_namespace Courier"
  }.freeze

  ACTING = {
    "a setting" => "config.x.courier = 1",
    "a middleware" => "initializer('x') { |app| app.middleware.use Courier }",
    "an agent by a variable" => "initializer('x') { Courier.start if ENV['COURIER'] }",
    "an agent by a guard" => "initializer('x') { ActiveSupport.on_load(:active_record) { extend Courier::Model; Courier.start } }",
    "a method that starts" => "initializer('x') { Courier::Tie.insert }\n def self.insert\n Courier.start\n end",
    "a method of elsewhere" => "initializer('x') { Courier::Agent.insert }",
    "a prepended module" => "initializer('x') { ActiveSupport.on_load(:active_record) { prepend Courier::Model } }",
    "a module that acts" => "initializer('x') { ActiveSupport.on_load(:active_record) { include Courier::Loud } }",
    "a module that acts, as a concern" => "initializer('x') { ActiveSupport.on_load(:active_record) { include Courier::Concern } }",
    "a variable in a guard" => "initializer('x') { require 'courier/agent' if defined?(Courier) && ENV['COURIER'] }",
    "after the boot" => "config.after_initialize { Courier.start }",
    "arguments" => "initializer('x') { Courier::Tie.insert(1) }\n def self.insert(_)\n end"
  }.freeze

  OTHERS = <<~RUBY
    module Courier
      module Model; end
      module Loud
        def self.included(base) = Courier.start
      end
      module Concern
        included do
          after_save { Courier.start }
        end
      end
      # As another one's is called, which acts.
      module Store
        module Model
          def self.included(base) = base.start
        end
      end
    end
  RUBY

  QUIET.each do |what, body|
    define_method(:"test_quiet_#{what}") { assert only?(body), body }
  end

  ACTING.each do |what, body|
    define_method(:"test_acting_#{what}") { refute only?(body), body }
  end

  def test_blocks_by_their_lines
    in_a_gem("initializer('x') { require 'y' }\n initializer('z') { Courier.start }") do |mixing_in, file|
      assert mixing_in.only?(:initializer, file, 4)
      refute mixing_in.only?(:initializer, file, 5)
      refute mixing_in.only?(:initializer, file, 99)
      refute mixing_in.only?(:middleware, file, 4)
      refute mixing_in.only?(:railtie, "/elsewhere.rb", 1)
    end
  end

  # Rails reads an engine's routes and initializers by itself.
  def test_an_engine_by_its_directories
    in_a_gem("", superclass: "::Rails::Engine") do |mixing_in, file, directory|
      assert mixing_in.only?(:railtie, file, 3)
      FileUtils.mkdir_p(File.join(directory, "config/initializers"))
      refute mixing_in.only?(:railtie, file, 3)
    end
  end

  def test_tasks_that_change_others
    in_a_gem("rake_tasks { load 'x.rake' }") do |mixing_in, file, directory|
      File.write(File.join(directory, "lib/x.rake"), "Rake::Task['assets:precompile'].enhance { }\n")
      refute mixing_in.only?(:railtie, file, 3)
    end
  end

  def test_what_is_no_ruby
    in_a_gem("initializer('x') { ") { |mixing_in, file| refute mixing_in.only?(:railtie, file, 3) }
  end

  private

  def only?(body)
    in_a_gem(body) { |mixing_in, file| mixing_in.only?(:railtie, file, 3) }
  end

  def in_a_gem(body, superclass: "Rails::Railtie")
    Dir.mktmpdir do |directory|
      Dir.mkdir(File.join(directory, "lib"))
      File.write(File.join(directory, "lib/courier.rb"), OTHERS)
      file = File.join(directory, "lib/tie.rb")
      File.write(file, "# frozen\nmodule Courier\n class Tie < #{superclass}\n #{body}\n end\nend\n")
      yield ShowcaseMemtrim::Railties::MixingIn.new(directory), file, directory
    end
  end
end
