# frozen_string_literal: true

require_relative "app_with_files"

# What a constant means is decided as Ruby does: lexical scopes, ancestors, the top level.
class UsesByConstantsTest < Minitest::Test
  include AppWithFiles

  GEO = Uses::Offer.new(name: "geo", kind: :gem, constants: ["Geo"])

  def lines(content, *offers, others: {}, file: "app/models/a.rb")
    uses_in(content, *(offers.empty? ? [GEO] : offers), file: file, others: others).map(&:first)
  end

  def test_where_a_constant_may_stand
    {
      "Geo" => 1, "::Geo.a" => 1, "Geo::A::B.new" => 1, "class A < Geo::Base\nend" => 1, "module A\n  include Geo\nend" => 2,
      "def a(b = Geo)\nend" => 1, "def a(b: Geo::C)\nend" => 1, "\"a \#{Geo.b}\"" => 1, ":\"a\#{Geo}\"" => 1, "/\#{Geo}/" => 1, "`a \#{Geo}`" => 1,
      "case a\nin Geo::Point(x:)\nend" => 2, "case a\nin {b: Geo}\nend" => 2, "a => Geo" => 1, "case a\nwhen Geo then 1\nend" => 2,
      "begin\n  a\nrescue A, Geo::Error => e\nend" => 3, "a rescue Geo" => 1, "rescue_from Geo::Error" => 1,
      "-> { Geo }" => 1, "a { |b = Geo| }" => 1, "def a = Geo.b" => 1, "X = Geo" => 1, "X ||= Geo" => 1, "Geo::X = 1" => 1, "Geo::X ||= 1" => 1, "Geo::X, b = 1, 2" => 1,
      "module Geo\n  class Own\n    def a = Rails\n  end\nend" => 1, "class Geo::Own\nend" => 1, "class ::Geo::Own\nend" => 1, "def Geo.own\nend" => 1,
      "class << Geo\nend" => 1, "<<~TEXT\n  \#{Geo.a}\nTEXT" => 2, "{a: Geo}" => 1, "[*Geo::ALL]" => 1, "a(&Geo::BLOCK)" => 1, "alias_method :a, :b unless Geo" => 1,
      "END { Geo }" => 1, "Struct.new(:a) { def b = Geo }" => 1, "%W[\#{Geo}]" => 1, "for Geo::X in [1]\nend" => 1, "a&.b(Geo)" => 1, "self.class::Geo" => 1,
      "# encoding: iso-8859-1\nA = \"\xE9\"\nGeo".b => 3
    }.each { |content, line| assert_equal [line], lines(content), content }
  end

  def test_what_is_none
    [
      "# Geo.a", "=begin\nGeo\n=end", "\"Geo is a gem\"", "'see Geo::Base there'", "<<~TEXT\n  Geo\n  Geo.a\nTEXT", "A::Geo", "Geography", "geo", "@Geo = 1; $Geo", "def Geo\nend", "/Geo/",
      "__END__\nGeo", "Other::Geo::X", "%w[GeoX XGeo]", "a.Geo_b"
    ].each { |content| assert_equal [], lines(content), content }
  end

  def test_an_apps_own_constant_of_the_same_name
    own = "module Billing\n  class Geo\n  end\nend"
    {
      "module Billing\n  class A\n    Geo.new\n  end\nend" => [],
      "module Billing\n  class A\n    Geo::X\n    ::Geo\n  end\nend" => [4],
      "class Billing::A\n  Geo.new\nend" => [2], # the scope is Billing::A, and not Billing
      "Billing::Geo.new" => [],
      "module Other\n  Geo.new\nend" => [2],
      "module Billing\n  class << self\n    def a = Geo\n  end\n  B = Struct.new(:a) { Geo }\nend" => [],
      "module Billing\n  class Geo::X\n  end\nend" => [],
      "module Other\n  module Billing\n    Geo\n  end\nend" => [3],
      "class A < Billing::Base\n  Geo\nend" => [2]
    }.each { |content, expected| assert_equal expected, lines(content, others: {"app/models/billing/geo.rb" => own}), content }
  end

  def test_ways_to_define_it
    [
      "module Billing\n  Geo = Struct.new(:a)\nend", "Billing::Geo = 1", "class Billing::Geo\nend", "module Billing\n  Geo ||= 1\nend", "module Billing; X, Geo = 1, 2; end",
      "module Billing\n  module Geo\n    class A; end\n  end\nend", "class Object::Billing; end\nmodule ::Billing; class Geo; end; end"
    ].each { |own| assert_equal [], lines("module Billing\n  Geo.a\nend", others: {"app/models/x.rb" => own}), own }
  end

  def test_an_inherited_one
    base = "class Base\n  class Geo; end\nend"
    assert_equal [], lines("class A < Base\n  Geo\nend", others: {"app/b.rb" => base})
    assert_equal [], lines("class A\n  include Mixin\n  Geo\nend", others: {"app/b.rb" => "module Mixin\n  Geo = 1\nend"})
    assert_equal [], lines("class A < B\n  Geo\nend", others: {"app/b.rb" => "class B < Base; end", "app/c.rb" => base})
    assert_equal [4], lines("class A < Base\nend\nmodule Other\n  Geo\nend", others: {"app/b.rb" => base})
    assert_equal [2], lines("class A < A\n  Geo\nend", others: {"app/b.rb" => "class A < B; end; class B < A; end"}), "no loop"
  end

  def test_who_sees_what_another_file_defines
    content = "module Billing\n  Geo\nend"
    own = "module Billing\n  class Geo; end\nend"
    assert_equal [2], lines(content, others: {"test/support/geo.rb" => own}), "tests' stand-ins are for tests"
    assert_equal [2], lines(content, others: {"spec/geo_spec.rb" => own, "lib/tasks/x.rake" => own, "script/x.rb" => own, "config/environments/test.rb" => own})
    assert_equal [], lines(content, others: {"test/support/geo.rb" => own}, file: "test/a_test.rb")
    assert_equal [2], lines(content, others: {"lib/legacy/geo.rb" => own}), "nobody loads it"
    assert_equal [], lines(content, others: {"lib/legacy/geo.rb" => own, "config/application.rb" => "require 'legacy/geo'"})
    assert_equal [], lines(content, others: {"lib/legacy/geo.rb" => own, "config/application.rb" => "config.autoload_lib(ignore: [])"})
    assert_equal [], lines("#{own}\n#{content}", file: "script/x.rb")
  end

  def test_namespaces_that_several_share
    adapter = offer("oddsql", "ActiveRecord::ConnectionAdapters::OddAdapter")
    {
      "ActiveRecord::ConnectionAdapters::OddAdapter" => [1], "ActiveRecord::ConnectionAdapters::OddAdapter::TYPES" => [1], "ActiveRecord::ConnectionAdapters" => [], "ActiveRecord::Base" => [],
      "module ActiveRecord\n  module ConnectionAdapters\n    class Mine < OddAdapter\n    end\n  end\nend" => [3],
      "module ActiveRecord\n  ConnectionAdapters::OddAdapter\nend" => [2], "OddAdapter" => [],
      "module ActiveRecord\n  module ConnectionAdapters\n    class OddAdapter\n      Base\n    end\n  end\nend" => [3],
      "class A\n  include ActiveRecord::ConnectionAdapters\n  OddAdapter\nend" => [3]
    }.each { |content, expected| assert_equal expected, lines(content, adapter), content }
  end

  def test_both_a_gem_and_what_it_extends
    offers = [offer("sentry-ruby", "Sentry"), offer("sentry-rails", "Sentry::Rails")]
    uses = read({"app/a.rb" => "Sentry.init\nSentry::Rails.a\n"}, *offers).uses.map { |use| [use.name, use.line] }
    assert_equal [["sentry-ruby", 1], ["sentry-rails", 2], ["sentry-ruby", 2]], uses
  end

  def test_inside_a_gems_namespace_others_are_others
    uses = read({"config/initializers/a.rb" => "module Geo\n  Money.new\n  X\nend"}, GEO, offer("money", "Money")).uses.map { |use| [use.name, use.line] }
    assert_equal [["geo", 1], ["money", 2]], uses
  end

  def test_when_it_runs
    content = <<~RUBY
      class A < Geo::Base
        Geo.a
        scope :b, -> { Geo.b }
        def c
          [1].each { Geo.c }
        end
        included do
          Geo.d
          def e = Geo
        end
        define_method(:f) { Geo }
      end
      Geo.g if true
    RUBY
    assert_equal [[1, :load], [2, :load], [3, :block], [5, :call], [8, :block], [9, :call], [11, :block], [13, :load]],
      uses_in(content, GEO).map { |line, _, _, at| [line, at] }
  end

  def test_what_an_app_defines
    defined = read({"app/a.rb" => "module A\n  class B::C\n  end\n  D = 1\nend\nclass A::E; end\nA::F, g = 1\n", "lib/a.rb" => "module A\nend"}).defined
    assert_equal({"A" => ["app/a.rb", 1], "B::C" => ["app/a.rb", 2], "A::D" => ["app/a.rb", 4], "A::E" => ["app/a.rb", 6], "A::F" => ["app/a.rb", 7]}, defined)
  end
end
