# frozen_string_literal: true

require "etc"
require "fileutils"

require_relative "tools"
require_relative "../../lib/showcase_memtrim/uses"

# An app of many files as apps have them, each with something that a gem offers in one place, read by the static reader.
class Scan
  Uses = ShowcaseMemtrim::Uses
  GEMS = 150

  # Of 20 files, how many are what.
  KINDS = {model: 4, controller: 3, service: 3, view: 4, spec: 4, yaml: 1, style: 1}.freeze

  # Processor time against that of parsing the same Ruby files alone, which no reader can do without.
  RATIO = 8.0

  def initialize(directory, files, limit)
    @directory = directory
    @files = files
    @limit = limit
    @cores = Etc.nprocessors
  end

  def run
    generate
    before, start = Process.times, Process.clock_gettime(Process::CLOCK_MONOTONIC)
    @reading = Uses.read(@directory, offers)
    @seconds = Process.clock_gettime(Process::CLOCK_MONOTONIC) - start
    after = Process.times
    @cpu_seconds = (after.utime + after.stime + after.cutime + after.cstime) - (before.utime + before.stime + before.cutime + before.cstime)
    @count = @reading.files
    @parse_seconds = parse_alone
  end

  # Two cores' worth of processor time: that others are busy too does not count, as far as it can be told.
  def within_limits?
    @cpu_seconds / 2 < @limit && ratio < RATIO && missed.empty? && @count >= @files
  end

  def ratio
    @cpu_seconds / @parse_seconds
  end

  # @return [Array<String>] files whose planted use was not found
  def missed
    found = @reading.uses.to_h { |use| [[use.file, use.name], true] }
    @planted.reject { |file, name| found[[file, name]] }.map(&:first)
  end

  def to_h
    {files: @count, bytes: @bytes, cores: @cores, seconds: @seconds.round(3), cpu_seconds: @cpu_seconds.round(3), files_per_second: (@count / @seconds).round,
     planted: @planted.size, missed: missed, uses: @reading.uses.size, limit: @limit, ratio: ratio.round(2)}
  end

  def to_s
    <<~TEXT
      #{@count} files, #{(@bytes / 1e6).round(1)} MB, #{GEMS} gems to look for, #{@cores} cores

      #{format("%.2f s", @seconds)}    #{(@count / @seconds).round} files/s    #{format("%.2f s", @cpu_seconds)} of processor time, so #{format("%.2f s", @cpu_seconds / 2)} on two cores (limit #{@limit})
      #{format("%.1f", ratio)} times the processor time of parsing the Ruby files alone (limit #{RATIO})
      #{@planted.size} planted uses, #{missed.size} missed#{missed.first(5).map { |file| "\n  #{file}" }.join}
    TEXT
  end

  private

  def parse_alone
    sources = Dir[File.join(@directory, "**/*.rb")].map { |file| File.binread(file) }
    before = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)
    sources.each { |source| Prism.parse(source) }
    Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) - before
  end

  def offers
    (0...GEMS).map do |number|
      Uses::Offer.new(name: "gem-#{number}", kind: :gem, constants: ["Library#{number}", "ActiveRecord::Shared::Part#{number}"], methods: ["library_#{number}"], symbols: ["kind#{number}"],
        directories: [], executables: ["tool#{number}"], views: ["library#{number}/_part"], assets: ["library#{number}/main.css"])
    end
  end

  def generate
    kinds = KINDS.flat_map { |kind, count| [kind] * count }
    @planted = []
    @bytes = 0
    @files.times do |number|
      kind = kinds[number % kinds.size]
      gem = (number / kinds.size) % GEMS
      file, content = send(kind, number, gem)
      path = File.join(@directory, file)
      FileUtils.mkdir_p(File.dirname(path))
      @bytes += File.write(path, content)
      @planted << [file, "gem-#{gem}"]
    end
  end

  def model(number, gem)
    ["app/models/area#{number % 40}/thing#{number}.rb", <<~RUBY]
      # frozen_string_literal: true

      # What a thing is, and who owns it.
      class Area#{number % 40}::Thing#{number} < ApplicationRecord
        belongs_to :owner, class_name: "Account", optional: true
        has_many :parts, -> { order(:position) }, dependent: :destroy, inverse_of: :thing
        library_#{gem} :address

        enum :state, {draft: 0, open: 1, closed: 2}
        validates :name, presence: true, length: {maximum: 120}
        scope :recent, ->(since = 1.week.ago) { where(created_at: since..).order(created_at: :desc) }
      #{methods(14)}
      end
    RUBY
  end

  def controller(number, gem)
    ["app/controllers/area#{number % 40}/things#{number}_controller.rb", <<~RUBY]
      class Area#{number % 40}::Things#{number}Controller < ApplicationController
        before_action :set_thing, only: %i[show edit update destroy]

        def index
          @things = Thing.recent.page(params[:page])
          respond_to { |format| format.html { render :index } }
          Library#{gem}::Client.new(token: ENV["TOKEN"]).fetch(@things) if params[:sync]
        end
      #{methods(12)}
      end
    RUBY
  end

  def service(number, gem)
    ["app/services/area#{number % 40}/import#{number}.rb", "module Area#{number % 40}\n  class Import#{number}\n    def call = ActiveRecord::Shared::Part#{gem}.run(kind: :x)\n#{methods(16)}\n  end\nend\n"]
  end

  def view(number, gem)
    ["app/views/things#{number}/index.html.erb", <<~ERB + rows]
      <%= render "library#{gem}/part", things: @things %>
      <% content_for :title, t(".title") %>
    ERB
  end

  def spec(number, gem)
    ["spec/models/thing#{number}_spec.rb", "require \"rails_helper\"\n\nRSpec.describe Thing#{number} do\n#{examples}\n  it(\"uses it\") { expect(Library#{gem}).to be }\nend\n"]
  end

  def yaml(number, gem)
    ["config/settings/a#{number}.yml", (0...40).map { |index| "key_#{index}:\n  name: Some words of a setting\n  value: #{index}\n" }.join + "adapter: kind#{gem}\n"]
  end

  def style(number, gem)
    ["app/assets/stylesheets/a#{number}.scss", "@import \"library#{gem}/main\";\n" + (0...40).map { |index| ".a#{index} {\n  color: #fff;\n  &:hover { margin: #{index}px auto; }\n}\n" }.join]
  end

  def methods(count)
    (0...count).map do |index|
      <<~RUBY.gsub(/^/, "  ")

        # Says what became of it.
        def step_#{index}(value, options = {})
          result = value.map { |each| [each.name.to_s.strip, each.total * #{index}] }.to_h
          Rails.logger.info("step \#{result.size} of \#{self.class.name}") if options[:verbose]
          return :none unless result.any? && options.fetch(:force, true)
          result.transform_values { |total| total.round(2) }.sort_by(&:last).first(10)
        end
      RUBY
    end.join
  end

  def rows
    (0...12).map do |index|
      <<~ERB
        <div class="row-#{index}" data-controller="list">
          <% @things.each do |thing| %>
            <%= link_to thing.name, thing_path(thing), class: "link" %> <%= number_to_currency(thing.total) -%>
          <% end %>
        </div>
      ERB
    end.join
  end

  def examples
    (0...12).map { |index| "  it \"does #{index}\" do\n    thing = create(:thing, name: \"a\", total: #{index})\n    expect(thing.step_#{index}([thing])).to eq(a: #{index})\n    expect { thing.save! }.to change(Thing, :count).by(1)\n  end\n" }.join("\n")
  end
end
