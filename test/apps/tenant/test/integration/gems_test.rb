# frozen_string_literal: true

require "test_helper"

# What the application does with the help of a gem.
class GemsTest < ActionDispatch::IntegrationTest
  test "geocoder finds a place and the studios near it" do
    get locations_path(q: "Boston")
    assert_select ".place", /\ABoston \(42.36/
    assert_select "li a", 1
    assert_select "li a", "Back Bay"

    get locations_path(q: "Atlantis")
    assert_response :success
    assert_select ".place", 0
  end

  test "combine_pdf makes a packet with a page for each heat" do
    get packet_path(people(:zeno))
    assert_equal "application/pdf", response.media_type
    assert_equal 2, CombinePDF.parse(response.body).pages.size
  end

  test "fast_excel makes the spreadsheet" do
    get entries_path(format: :xlsx)
    assert_equal Mime[:xlsx].to_s, response.media_type
    assert_match(/entries\.xlsx/, response.headers["Content-Disposition"])

    xml = Zip::File.open_buffer(StringIO.new(response.body.b)).glob("xl/{sharedStrings,worksheets/sheet1}.xml").map do |entry|
      entry.get_input_stream.read
    end.join
    %w[Lead Waltz Samba Blaise Ada Carl Bay].each { |word| assert_includes xml, word }
  end

  test "jbuilder lists the heats" do
    get heats_path(format: :json)
    heats = response.parsed_body["heats"]
    assert_equal [[1, "Waltz", ["Blaise and Ada"]]], heats.map { |heat| heat.values_at("number", "dance", "couples") }
  end

  test "sentry is asleep" do
    assert_not Sentry.initialized?
  end
end
